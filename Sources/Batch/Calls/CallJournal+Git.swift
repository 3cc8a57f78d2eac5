import GitStorage
import Vendors

/// The journal's place, and its errors as those of git storage.
extension CallJournal {
    static func open(in repository: Repository) throws(GitError) -> CallJournal {
        let path = try path(in: repository)
        do throws(JournalError) {
            return try CallJournal(path)
        } catch { throw storage(error) }
    }

    /// Answers that the ledger holds now are no longer needed.
    func forgetUsed(_ keys: [String]) throws(GitError) {
        guard !keys.isEmpty else { return }
        do throws(JournalError) {
            try forget(Set(keys))
        } catch { throw Self.storage(error) }
    }

    /// The file.
    static func path(in repository: Repository) throws(GitError) -> String {
        try repository.location.createDocketDirectory() + "/calls.ndjson"
    }

    static func storage(_ error: JournalError) -> GitError {
        GitError(
            .inputOutput, operation: "keep the journal of calls", message: error.description,
            advice: "no call is made without it, so that none is paid twice")
    }
}
