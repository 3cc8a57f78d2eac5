/// The programs that the operator allows, each started once however many vendors name it.
public final class ExternalVendors: Sendable {
    private let vendors: [(name: String, vendor: ExternalVendor)]
    private let idempotent: [String]
    private let hasOperatorFile: Bool

    /// The programs of an operator's file; without one there are none.
    public init(_ file: OperatorFile?) {
        hasOperatorFile = file != nil
        idempotent = file?.externals.filter(\.isIdempotent).map(\.name) ?? []
        vendors = file?.externals.map { ($0.name, ExternalVendor($0)) } ?? []
    }

    /// The vendor behind a program that a definition names. One that the operator does not know is
    /// always unavailable, and the reason says what to do: a definition never starts anything.
    public func vendor(program: String) -> any Vendor {
        let name = Array(program.utf8)
        if let found = vendors.first(where: { $0.name.utf8.elementsEqual(name) }) {
            return found.vendor
        }
        let shown = program.unicodeScalars.allSatisfy { $0.value > 0x1F } ? program : "?"
        let toDo =
            hasOperatorFile
            ? "the operator's file has no external '\(shown)'; add it there under externals"
            : "there is no operator's file; give one that has the external '\(shown)' with "
                + "--operator or DOCKET_OPERATOR_FILE"
        return UnavailableVendor(reason: toDo)
    }

    /// Whether the operator says that a program may be asked the same again without harm.
    public func isIdempotent(program: String) -> Bool {
        let name = Array(program.utf8)
        return idempotent.contains { $0.utf8.elementsEqual(name) }
    }

    /// Ends all programs, at the same time.
    public func close() async {
        await withTaskGroup(of: Void.self) { group in
            for (_, vendor) in vendors { group.addTask { await vendor.close() } }
        }
    }

    /// What became of the programs that were started, in the file's order.
    public var reports: [ExternalReport] {
        vendors.map(\.vendor.report).filter { $0.starts > 0 || !$0.troubles.isEmpty }
    }
}
