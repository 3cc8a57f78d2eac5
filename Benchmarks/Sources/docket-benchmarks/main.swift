import Foundation

// docket-benchmarks [REPOSITORY]: the engine, expressions and documents, one core, in memory. Bulk
// runs are measured by Benchmarks/bulk-run.

let root = URL(fileURLWithPath: CommandLine.arguments.dropFirst().first ?? ".")
print("one core, in memory; medians of \(Measure.rounds) rounds\n")
try engineBenchmark(root)
try expressionBenchmark()
try documentBenchmark(root)
