public import Documents
public import GitStorage
import Synchronization
public import Vendors

/// The calls of a repository's journal, for a person who decides on those whose fate nobody knows.
public enum VendorCalls {
    /// What is known of a call that no commit holds yet.
    public enum Fate: String, Sendable {
        /// The next run uses its answer.
        case answered
        /// It left and no answer is known; the next run sends it again, which is safe.
        case repeated
        /// It left, no answer is known, and it is not safe to repeat: a person settles it.
        case unknown
    }

    /// A call.
    public struct Call: Sendable {
        /// As it was when it left.
        public var intent: CallJournal.Intent
        /// What is known of it.
        public var fate: Fate
    }

    /// What a person says about a call whose fate was not known.
    public enum Settlement: Sendable {
        /// Nothing was done: the next run sends it.
        case resend
        /// It failed: the plugin's `errorAction` follows.
        case failed
        /// The vendor's answer, as the person got it.
        case answer(status: Int, body: [UInt8])
    }

    /// Why a call was not settled.
    public struct Refusal: Error, Sendable {
        /// A sentence for the person.
        public let message: String
    }

    /// The calls, by the time at which they left. While a run is at work those that are under way
    /// are among them.
    public static func list(in repository: Repository) throws(GitError) -> [Call] {
        let path = try CallJournal.path(in: repository)
        do throws(JournalError) {
            return try CallJournal.calls(at: path).map { call in
                let isSafe = call.intent.isRepeatable
                let fate: Fate =
                    call.answer != nil ? .answered : isSafe ? .repeated : .unknown
                return Call(intent: call.intent, fate: fate)
            }
        } catch { throw CallJournal.storage(error) }
    }

    /// Settles a call whose fate is not known, under the lock that runs hold.
    ///
    /// - Parameters:
    ///   - name: the beginning of its key.
    ///   - by: who says so; with the reason part of the evidence, but for a call that is sent again.
    /// - Returns: the call.
    /// - Throws: an error with the code `locked` when a run is at work.
    public static func settle(
        _ name: String, as settlement: Settlement, by: String, because reason: String,
        at now: Instant, in repository: Repository
    ) throws(GitError) -> Result<Call, Refusal> {
        let lock = try RunLock.acquire(in: repository.location)
        return try withExtendedLifetime(lock) { () throws(GitError) in
            try settleLocked(name, as: settlement, by, reason, now, repository)
        }
    }

    private static func settleLocked(
        _ name: String, as settlement: Settlement, _ by: String, _ reason: String, _ now: Instant,
        _ repository: Repository
    ) throws(GitError) -> Result<Call, Refusal> {
        let found = try list(in: repository).filter { $0.intent.key.hasPrefix(name.lowercased()) }
        guard let call = found.first, found.count == 1, !name.isEmpty else {
            return .failure(
                Refusal(
                    message: found.isEmpty
                        ? "there is no call '\(name)'; 'docket vendor calls' lists them"
                        : "\(found.count) calls begin with '\(name)'; give more of it"))
        }
        guard call.fate != .answered else {
            return .failure(
                Refusal(message: "the vendor's answer is known; the next run uses it"))
        }
        let journal = try CallJournal.open(in: repository)
        let key = call.intent.key
        switch settlement {
        case .resend: try journal.forgetUsed([key])
        case .failed:
            try note(
                .init(status: nil, failure: "\(by): \(reason)", at: now, milliseconds: 0),
                to: call, in: journal)
        case .answer(let status, let body):
            let headers = [("docket-settled-because", reason), ("docket-settled-by", by)]
            try note(
                .init(status: status, headers: headers, body: body, at: now, milliseconds: 0),
                to: call, in: journal)
        }
        return .success(call)
    }

    private static func note(
        _ answer: CallJournal.Answer, to call: Call, in journal: CallJournal
    ) throws(GitError) {
        let problem = Mutex<JournalError?>(nil)
        CallExecutor.wait {
            do throws(JournalError) {
                try await journal.note(answer, to: call.intent.key, of: call.intent.vendor)
            } catch { problem.withLock { $0 = error } }
        }
        if let problem = problem.withLock({ $0 }) { throw CallJournal.storage(problem) }
    }
}
