import Dispatch

/// Where calls to vendors wait: threads of their own, so that a caller that blocks the threads of
/// Swift's shared pool, which a run does while it works, cannot keep an answer from coming in.
final class CallExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "docket.calls", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
