import Documents
import GitStorage
import Glibc
import Synchronization
import Vendors

/// Deals cases to workers and collects their results by index, so that what comes out does not depend
/// on who was faster.
///
/// A case that needs a vendor's answer is put aside with its calls, which wait without a thread; when
/// they are answered it is dealt again.
struct Dealing {
    private static let chunk = 64
    /// Cases put aside at once: more than vendors take at once, and what bounds a run's memory.
    private static let waitingLimit = 4096

    private let context: RunContext
    private let repository: Repository
    private let jobs: Int

    init(_ context: RunContext, _ repository: Repository, jobs: Int) {
        self.context = context
        self.repository = repository
        self.jobs = jobs
    }

    func run(
        _ cases: [PlannedCase], _ progress: some RunProgress
    ) throws(GitError) -> [CaseResult] {
        guard !cases.isEmpty else { return [] }
        let table = Table(cases.count)
        let context = context
        let executor = CallExecutor()
        let location = repository.location
        let chunks = (cases.count + Self.chunk - 1) / Self.chunk
        Workers.run(min(jobs, chunks)) { _ in
            do throws(GitError) {
                let worker = CaseWorker(context, try Repository(location: location))
                while let batch = table.take() {
                    var results: [(Int, CaseResult)] = []
                    results.reserveCapacity(batch.count)
                    for index in batch {
                        switch try worker.advance(cases[index]) {
                        case .done(let result): results.append((index, result))
                        case .waiting(let calls):
                            table.putAside(index, calls.count)
                            for call in calls {
                                Task(executorPreference: executor) {
                                    table.answered(
                                        index, problem: await context.calls.ask(call))
                                }
                            }
                        }
                    }
                    progress.advanced(to: table.give(results), of: cases.count)
                }
            } catch { table.fail(error) }
        }
        return try table.results()
    }

    /// Who has what: shared by the workers, which wait here when every case is put aside.
    private final class Table: @unchecked Sendable {
        private var next = 0
        private var done = 0
        private let count: Int
        private var made: [CaseResult?]
        /// Cases to deal again.
        private var ready: [Int] = []
        /// Calls without an answer, by case.
        private var aside: [Int: Int] = [:]
        private var failure: GitError?
        private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

        init(_ count: Int) {
            self.count = count
            made = Array(repeating: nil, count: count)
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(changed, nil)
        }

        deinit {
            pthread_cond_destroy(changed)
            pthread_mutex_destroy(mutex)
            changed.deallocate()
            mutex.deallocate()
        }

        private func locked<Result>(_ body: () -> Result) -> Result {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            return body()
        }

        /// The next cases; nil when there are none and none are put aside, or a worker failed and
        /// nothing is on its way any more.
        func take() -> [Int]? {
            locked {
                while true {
                    if failure == nil, !ready.isEmpty {
                        let batch = Array(ready.prefix(Dealing.chunk))
                        ready.removeFirst(batch.count)
                        return batch
                    }
                    if failure == nil, next < count, aside.count < Dealing.waitingLimit {
                        let low = next
                        next = min(next + Dealing.chunk, count)
                        return Array(low..<next)
                    }
                    if aside.isEmpty { return nil }
                    pthread_cond_wait(changed, mutex)
                }
            }
        }

        func give(_ results: [(Int, CaseResult)]) -> Int {
            locked {
                for (index, result) in results { made[index] = result }
                done += results.count
                return done
            }
        }

        func putAside(_ index: Int, _ calls: Int) { locked { aside[index] = calls } }

        /// One call of a case is answered, or could not be noted.
        func answered(_ index: Int, problem: JournalError?) {
            locked {
                if let problem, failure == nil {
                    failure = GitError(
                        .inputOutput, operation: "note a vendor's answer",
                        message: problem.description,
                        advice: "make room or give access; no call is made without its journal")
                }
                let left = (aside[index] ?? 1) - 1
                aside[index] = left > 0 ? left : nil
                if left <= 0 { ready.append(index) }
                pthread_cond_broadcast(changed)
            }
        }

        func fail(_ error: GitError) {
            locked {
                if failure == nil { failure = error }
                pthread_cond_broadcast(changed)
            }
        }

        func results() throws(GitError) -> [CaseResult] {
            if let failure { throw failure }
            return made.compactMap { $0 }
        }
    }
}
