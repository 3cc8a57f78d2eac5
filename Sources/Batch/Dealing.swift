import GitStorage
import Synchronization

/// Deals cases to workers in chunks and collects their results by index, so that what comes out does
/// not depend on who was faster.
struct Dealing {
    private static let chunk = 64

    private let context: RunContext
    private let repository: Repository
    private let jobs: Int

    init(_ context: RunContext, _ repository: Repository, jobs: Int) {
        self.context = context
        self.repository = repository
        self.jobs = jobs
    }

    private struct State {
        var next = 0
        var done = 0
        var chunks: [[CaseResult]]
        var failure: GitError?
    }

    func run(
        _ cases: [PlannedCase], _ progress: some RunProgress
    ) throws(GitError) -> [CaseResult] {
        let count = (cases.count + Self.chunk - 1) / Self.chunk
        guard count > 0 else { return [] }
        let state = Mutex(State(chunks: Array(repeating: [], count: count)))
        let shared = Shared(state)
        let context = context
        let location = repository.location
        Workers.run(min(jobs, count)) { _ in
            do throws(GitError) {
                let worker = CaseWorker(context, try Repository(location: location))
                while let chunk = shared.take() {
                    let low = chunk * Self.chunk
                    let high = min(low + Self.chunk, cases.count)
                    var results: [CaseResult] = []
                    results.reserveCapacity(high - low)
                    for planned in cases[low..<high] { results.append(try worker.advance(planned)) }
                    let done = shared.give(results, chunk)
                    progress.advanced(to: done, of: cases.count)
                }
            } catch { shared.fail(error) }
        }
        return try shared.results()
    }

    private final class Shared: Sendable {
        private let state: Mutex<State>

        init(_ state: consuming sending Mutex<State>) { self.state = state }

        /// The next chunk; nil when there is none or a worker failed.
        func take() -> Int? {
            state.withLock { state in
                guard state.failure == nil, state.next < state.chunks.count else { return nil }
                state.next += 1
                return state.next - 1
            }
        }

        func give(_ results: [CaseResult], _ chunk: Int) -> Int {
            state.withLock { state in
                state.chunks[chunk] = results
                state.done += results.count
                return state.done
            }
        }

        func fail(_ error: GitError) {
            state.withLock { if $0.failure == nil { $0.failure = error } }
        }

        func results() throws(GitError) -> [CaseResult] {
            let (failure, chunks) = state.withLock { ($0.failure, $0.chunks) }
            if let failure { throw failure }
            return Array(chunks.joined())
        }
    }
}
