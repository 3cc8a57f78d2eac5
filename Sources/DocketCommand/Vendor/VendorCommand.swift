import ArgumentParser

/// `docket vendor`.
struct VendorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vendor",
        abstract: "See how vendors are reached, keep their answers for tests.",
        subcommands: [VendorListCommand.self, VendorRecordCommand.self])
}
