import Glibc

/// Threads with stacks deep enough for the deepest document that parsers let through.
enum Workers {
    private static let stackBytes = 16 << 20

    private final class Job {
        let body: @Sendable (Int) -> Void
        let index: Int
        init(_ index: Int, _ body: @escaping @Sendable (Int) -> Void) {
            self.index = index
            self.body = body
        }
    }

    /// Runs `body` on so many threads, with their numbers, and waits for all of them.
    static func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        var threads: [pthread_t] = []
        for index in 0..<max(1, count) {
            let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
            pthread_attr_init(attributes)
            pthread_attr_setstacksize(attributes, stackBytes)
            defer {
                pthread_attr_destroy(attributes)
                attributes.deallocate()
            }
            var thread = pthread_t()
            let job = Unmanaged.passRetained(Job(index, body))
            let status = pthread_create(
                &thread, attributes,
                { argument in
                    guard let argument else { return nil }
                    let job = Unmanaged<Job>.fromOpaque(argument).takeRetainedValue()
                    job.body(job.index)
                    return nil
                }, job.toOpaque())
            if status == 0 {
                threads.append(thread)
            } else {
                // The system gives no more threads: the caller's does the work.
                job.takeRetainedValue().body(index)
            }
        }
        for thread in threads { pthread_join(thread, nil) }
    }
}
