import Foundation

// docket-benchmarks [REPOSITORY [PART…]]: the engine, expressions and documents, one core, in memory.
// Bulk runs are measured by Benchmarks/bulk-run, comparisons with other engines by Benchmarks/compare.

let arguments = CommandLine.arguments.dropFirst()
let root = URL(fileURLWithPath: arguments.first ?? ".")
let named = Array(arguments.dropFirst())
let parts = named.isEmpty ? ["engine", "expressions", "tables", "documents"] : named
if parts.first == "compare" {
    try Comparison(root.appendingPathComponent("Benchmarks")).run(Array(parts.dropFirst()))
    exit(0)
}
print("one core, in memory; medians of \(Measure.rounds) rounds\n")
if parts.contains("engine") { try engineBenchmark(root) }
if parts.contains("expressions") { try expressionBenchmark() }
if parts.contains("tables") { try tableBenchmark() }
if parts.contains("documents") { try documentBenchmark(root) }
