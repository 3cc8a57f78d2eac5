import Documents
import Synchronization

/// A vendor behind an external program, which is started at the first request.
///
/// One program is one process, for all vendors that name it. Requests wait in a queue without a
/// thread; one thread a program moves bytes. What the program sees and may answer is in
/// `docs/external-plugins.md`.
public final class ExternalVendor: Vendor {
    private let loop: ExternalLoop
    private let tickets = Atomic<Int>(0)

    /// A vendor behind a program of the operator's.
    public init(_ program: ExternalProgram) { loop = ExternalLoop(program) }

    deinit { loop.post(.close(nil)) }

    /// The program's answer. A request that was sent and got none is `unknown`, unless the program
    /// said that it is safe to ask again; then it is `unavailable`.
    public func answer(_ request: VendorRequest) async -> VendorReply {
        let ticket = tickets.add(1, ordering: .relaxed).newValue
        let loop = loop
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.post(.ask(ExternalLoop.Asked(ticket, request, continuation)))
            }
        } onCancel: {
            loop.post(.cancel(ticket))
        }
    }

    /// Ends the program: its input ends, after the grace it gets SIGTERM and after as much again
    /// SIGKILL. Returns when it and all it started are gone. Later requests are unavailable.
    public func close() async {
        await withCheckedContinuation { loop.post(.close($0)) }
    }

    /// What became of the program so far.
    public var report: ExternalReport { loop.report }
}
