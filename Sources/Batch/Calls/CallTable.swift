import Casework
import Definitions
import Documents
import GitStorage
import Synchronization
import Vendors

/// What is known of the calls of a run: stored evidence, the journal, and what vendors said since it
/// began. Shared by all workers.
///
/// The engine never waits for a vendor. A pass over a case that needs an answer which is not here
/// ends with nothing written; once the answer is here the case is taken through the engine again,
/// from where it stood before the run.
final class CallTable: Sendable {
    /// What there is to an answer.
    enum Lookup {
        case known(VendorAnswer, AnswerReceipt?, key: String?, isStored: Bool)
        /// None now, and why: for the terminal; the record says the same whatever the reason.
        case none(VendorAnswer, why: String)
        case pending(OutgoingCall)
    }

    private let recorded: any VendorAnswers
    private let live: (any LiveVendors)?
    private let journal: CallJournal?
    /// Evidence of the run that is replayed.
    private let replayed: TreeID?
    private let isOffline: Bool
    /// Why calls got no answer in this run.
    private let refused = Mutex<[String: String]>([:])

    init(
        recorded: any VendorAnswers, live: (any LiveVendors)?, journal: CallJournal?,
        replayed: TreeID?, isOffline: Bool
    ) {
        self.recorded = recorded
        self.live = live
        self.journal = journal
        self.replayed = replayed
        self.isOffline = isOffline
    }

    // MARK: Looking up

    /// What is known of a call.
    ///
    /// - Parameter place: the case's path below `evidence/`.
    func look(
        up call: VendorCall, of id: CaseID, episode: Int, at place: String, _ worker: CaseWorker
    ) throws(GitError) -> Lookup {
        guard let name = call.vendor, let live, live.isLive(String(name)) else {
            let answer = recorded.answer(call, in: worker.arena)
            return .known(answer, nil, key: nil, isStored: false)
        }
        let path = LedgerPath.evidence(place, call)
        for (root, isStored) in [(worker.run.ledgerTree, true), (replayed, false)] {
            guard let root else { continue }
            switch try evidence(path, root, call, worker) {
            case nil: continue
            case .unreadable(let why)?:
                // What a run had is not there to do it again with; a run of today goes on.
                if replayed != nil { throw why }
                return none(name, "\(why)")
            case .stored(let stored)?:
                return .known(stored.answer, stored.receipt, key: nil, isStored: isStored)
            }
        }
        if isOffline { return none(name, "no stored answer, and this run asks nobody") }
        let outgoing = OutgoingCall(call, to: name, of: id, episode: episode)
        if let reason = refused.withLock({ $0[outgoing.key] }) { return none(name, reason) }
        if let answer = journal?.answer(outgoing.key) {
            return known(answer, outgoing.key, worker.arena)
        }
        if let intent = journal?.intent(outgoing.key), !intent.isRepeatable {
            return none(name, Self.unknown)
        }
        return .pending(outgoing)
    }

    private func none(_ vendor: Text, _ why: String) -> Lookup {
        .none(.unavailable(reason: "the vendor '\(vendor)' has given no answer"), why: why)
    }

    private static var unknown: String {
        "it was asked and it is not known what came of it\(Self.toDo)"
    }

    /// What a person does about a call whose fate is not known.
    private static let toDo =
        "; ask the vendor, then 'docket vendor settle': 'docket vendor calls --unknown' lists them"

    private func known(_ answer: CallJournal.Answer, _ key: String, _ arena: Arena) -> Lookup {
        guard let status = answer.status else {
            return .known(
                .failure(message: answer.failure ?? "the call failed"), nil, key: key,
                isStored: false)
        }
        let receipt = AnswerReceipt(
            at: answer.at, milliseconds: answer.milliseconds,
            headers: answer.headers.map { .init(name: $0.name, value: $0.value) },
            bodyDigest: answer.body.isEmpty ? nil : Digest(of: answer.body).hexadecimal)
        guard let body = Self.value(answer.body, arena) else {
            return .known(
                .failure(message: "the answer is no JSON"), nil, key: key, isStored: false)
        }
        return .known(.response(status: status, body: body), receipt, key: key, isStored: false)
    }

    private static func value(_ body: [UInt8], _ arena: Arena) -> Value? {
        if body.isEmpty { return .null }
        var parser = JSONParser(limits: ParseLimits(bytes: 1 << 28))
        return try? parser.parse(body, into: arena)
    }

    // MARK: Evidence

    private enum Stored {
        case stored((answer: VendorAnswer, receipt: AnswerReceipt?))
        /// It points to content that is not there.
        case unreadable(GitError)
    }

    /// The stored answer to the same request; nil when there is none, or one to another request.
    private func evidence(
        _ path: String, _ root: TreeID, _ call: VendorCall, _ worker: CaseWorker
    ) throws(GitError) -> Stored? {
        let repository = worker.repository
        guard let entry = try repository.entry(at: Array(path.utf8), in: root), entry.kind == .file,
            let file = Self.value(
                try repository.blob(BlobID(entry.id), limitBytes: 1 << 28), worker.arena),
            let request = file["request"], RecordWriter.isRequest(request, call, in: worker.arena),
            let answer = file["answer"]
        else { return nil }
        if let message = answer["failure"]?.string {
            return .stored((.failure(message: message), nil))
        }
        guard let status = answer["status"]?.integer else { return nil }
        do throws(GitError) {
            let body = try worker.run.contents.body(of: answer, for: path, in: worker.arena)
            return .stored((.response(status: status, body: body ?? .null), AnswerReceipt(answer)))
        } catch { return .unreadable(error) }
    }

    // MARK: Asking

    /// Asks a vendor and keeps what it says; returns when that is on disk.
    func ask(_ call: OutgoingCall) async -> JournalError? {
        guard let live, let journal else { return nil }
        let departure = Departure(
            of: .init(
                key: call.key, vendor: call.vendor, at: live.now,
                isRepeatable: live.isRepeatable(call), caseID: call.subject.id,
                place: call.subject.place), in: journal)
        let reply = await live.answer(call) { await departure.note() }
        if let problem = departure.problem { return problem }
        do throws(JournalError) {
            switch reply {
            case .response(let status, let headers, let body, let at, let milliseconds):
                try await journal.note(
                    .init(
                        status: status, headers: headers, body: body, at: at,
                        milliseconds: milliseconds), to: call.key, of: call.vendor)
            case .failure(let message, let at):
                try await journal.note(
                    .init(status: nil, failure: message, at: at, milliseconds: 0), to: call.key,
                    of: call.vendor)
            case .unavailable(let reason):
                if departure.hasLeft { try await journal.note(noAnswerTo: call.key) }
                refused.withLock { $0[call.key] = reason }
            case .unknown(let reason):
                refused.withLock { $0[call.key] = reason + Self.toDo }
            }
            return nil
        } catch { return error }
    }

    /// That a call leaves, noted in the journal the first time that it does.
    private final class Departure: Sendable {
        private let intent: CallJournal.Intent
        private let journal: CallJournal
        private let state = Mutex<(hasLeft: Bool, problem: JournalError?)>((false, nil))

        init(of intent: CallJournal.Intent, in journal: CallJournal) {
            self.intent = intent
            self.journal = journal
        }

        var hasLeft: Bool { state.withLock { $0.hasLeft } }
        var problem: JournalError? { state.withLock { $0.problem } }

        /// False when it could not be noted.
        func note() async -> Bool {
            if hasLeft { return true }
            do throws(JournalError) {
                try await journal.note(intent)
                state.withLock { $0.hasLeft = true }
                return true
            } catch {
                state.withLock { $0.problem = error }
                return false
            }
        }
    }
}

extension AnswerReceipt {
    /// A receipt as evidence has it; nil in that of recorded vendors.
    init?(_ answer: Value) {
        guard let at = answer["received"]?.string.flatMap({ Instant(parsing: $0) }) else {
            return nil
        }
        let headers = answer["headers"]?.members.map { members in
            members.map { Header(name: String($0.key), value: $0.value.string ?? "") }
        }
        self.init(
            at: at, milliseconds: answer["milliseconds"]?.integer ?? 0, headers: headers ?? [],
            bodyDigest: answer["sha256"]?.string)
    }
}
