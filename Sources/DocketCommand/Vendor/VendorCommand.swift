import ArgumentParser

/// `docket vendor`.
struct VendorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vendor",
        abstract: "See how vendors are reached and what became of calls, keep answers for tests.",
        subcommands: [
            VendorListCommand.self, VendorCallsCommand.self, VendorSettleCommand.self,
            VendorRecordCommand.self,
        ])
}
