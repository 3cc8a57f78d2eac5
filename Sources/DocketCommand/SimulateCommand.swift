import ArgumentParser
import Casework
import Documents

/// `docket simulate`.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Try a workflow on events and HTTP answers of your own.")

    @Flag(help: "Read one JSON request a line from standard input, write one JSON result a line.")
    var batch = false

    func run() throws {
        LineService.run { request, arena in Simulation.run(request, in: arena) }
    }
}
