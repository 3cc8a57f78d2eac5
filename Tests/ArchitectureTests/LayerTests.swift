import Foundation
import Testing

/// The house of ARCHITECTURE.md: which module may import which, read out of every source file.
@Suite struct LayerTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Modules of ours by layer; an import goes down, or sideways only where `siblings` says so.
    private static let layers: [String: Int] = [
        "CLibGit2": 0, "CLibYAML": 0, "CPCRE2": 0, "CLibDeflate": 0, "CSpawn": 0,
        "Documents": 1,
        "Expressions": 2,
        "Statecharts": 3, "RiskRules": 3, "DecisionTables": 3,
        "Definitions": 4, "Casework": 4,
        "GitStorage": 5, "Vendors": 5,
        "Batch": 6, "Audit": 6,
        "DocketCommand": 7, "docket": 7,
    ]

    private static let siblings: Set<[String]> = [
        ["RiskRules", "DecisionTables"], ["Casework", "Definitions"], ["docket", "DocketCommand"],
        ["Audit", "Batch"],
    ]

    /// C libraries and the one module that may import each.
    private static let owners = [
        "CLibGit2": "GitStorage", "CLibDeflate": "GitStorage", "CLibYAML": "Documents",
        "CPCRE2": "Expressions", "CSpawn": "Vendors",
    ]

    private struct Import {
        var module: String
        var file: String
        var imported: String
    }

    private static let imports: [Import] = {
        let sources = root.appendingPathComponent("Sources")
        let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
        return (files?.allObjects ?? []).compactMap { $0 as? URL }
            .filter { $0.pathExtension == "swift" }
            .flatMap { file -> [Import] in
                let path = file.path.dropFirst(sources.path.count + 1)
                let module = String(path.split(separator: "/")[0])
                let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
                return text.split(separator: "\n").compactMap { line in
                    let words = line.split(separator: " ")
                    guard let at = words.firstIndex(of: "import"), at + 1 < words.count,
                        words[..<at].allSatisfy({
                            ["public", "internal", "private", "package"].contains($0)
                                || $0.hasPrefix("@")
                        })
                    else { return nil }
                    let name = words[at + 1].split(separator: ".")[0]
                    return Import(module: module, file: String(path), imported: String(name))
                }
            }
    }()

    @Test func `every module stands in a layer and imports only from below it`() {
        #expect(Self.imports.count > 100)
        for entry in Self.imports {
            guard let own = Self.layers[entry.module] else {
                Issue.record(
                    "\(entry.module) has no layer; give it one here and in ARCHITECTURE.md")
                continue
            }
            guard let other = Self.layers[entry.imported] else { continue }
            #expect(
                other < own || Self.siblings.contains([entry.module, entry.imported]),
                "\(entry.file) imports \(entry.imported)")
        }
    }

    @Test func `each C library has one module that imports it`() {
        for entry in Self.imports {
            guard let owner = Self.owners[entry.imported] else { continue }
            #expect(entry.module == owner, "\(entry.file) imports \(entry.imported)")
        }
        let patterns = Self.imports.filter { $0.imported == "CPCRE2" }
        #expect(patterns.allSatisfy { $0.file.hasPrefix("Expressions/Patterns/") })
    }

    @Test func `only Vendors reaches the network`() {
        let own = Self.imports.filter {
            $0.imported == "AsyncHTTPClient" || $0.imported.hasPrefix("NIO")
        }
        #expect(!own.isEmpty)
        for entry in own { #expect(entry.module == "Vendors", "\(entry.file)") }
    }

    @Test func `layers 1 to 4 import nothing that reaches files, clocks or the network`() {
        let allowed: Set<String> = ["Crypto", "Glibc", "Synchronization"]
        for entry in Self.imports {
            guard let layer = Self.layers[entry.module], (1...4).contains(layer),
                Self.layers[entry.imported] == nil
            else { continue }
            #expect(allowed.contains(entry.imported), "\(entry.file) imports \(entry.imported)")
        }
    }

    @Test func `layers 1 to 4 call nothing that reads a file, a clock, chance or the environment`()
    {
        let sources = Self.root.appendingPathComponent("Sources")
        let forbidden = [
            "fopen(", "open(", "getenv(", "clock_gettime(", "gettimeofday(", "time(nil", "random()",
            ".random(", "SystemRandomNumberGenerator", "ContinuousClock", "SuspendingClock",
            "getline(", "printf(",
        ]
        for (module, layer) in Self.layers where (1...4).contains(layer) {
            let folder = sources.appendingPathComponent(module)
            let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
            for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
                let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
                for call in forbidden {
                    for line in text.split(separator: "\n")
                    where line.contains(call) && !line.contains("//") && !line.contains("func ")
                        && !line.contains("." + call) && !line.contains("pcre2_")
                    {
                        Issue.record("\(module)/\(file.lastPathComponent) calls \(call): \(line)")
                    }
                }
            }
        }
    }
}
