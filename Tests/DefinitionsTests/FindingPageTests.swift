import Foundation
import Testing

/// Every code in the sources has a page, and every page a code.
@Suite struct FindingPageTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func codes() throws -> Set<String> {
        let sources = root.appendingPathComponent("Sources")
        let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
        var codes: Set<String> = []
        for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /"([A-Z]{2,3}[0-9]{3})"/) {
                codes.insert(String(match.1))
            }
        }
        return codes
    }

    private static func pages() throws -> [String: String] {
        let folder = root.appendingPathComponent("docs/findings")
        var pages: [String: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let text = try String(
                contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
            pages[String(name.dropLast(".md".count))] = text
        }
        return pages
    }

    @Test func `every finding code has a page and every page a code`() throws {
        let codes = try Self.codes()
        let pages = try Self.pages()
        #expect(codes.count > 150)
        #expect(codes.subtracting(pages.keys).sorted() == [], "codes without a page")
        #expect(Set(pages.keys).subtracting(codes).sorted() == [], "pages without a code")
    }

    @Test func `a page says what the code means and what to do`() throws {
        for (code, text) in try Self.pages() {
            #expect(text.hasPrefix("# \(code): "), "\(code)")
            #expect(text.contains("**What to do.** "), "\(code)")
        }
    }
}
