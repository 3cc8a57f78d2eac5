internal import CPCRE2
public import Documents
internal import Synchronization

/// A regular expression with the meaning ECMAScript gives it under the `u` flag, on PCRE2.
///
/// `\d`, `\w` and `\b` are ASCII, `\s` has Unicode's spaces, `.` stops at U+2028 and U+2029 too, `$`
/// matches at the very end only, a reference to a group that took no part matches the empty string.
/// What only PCRE2 knows is a syntax error. Matching is bounded: a pattern that backtracks without
/// end gives `.limit` instead. Known differences from ECMAScript:
/// - the alternatives of a lookbehind have a fixed length each, else the pattern is refused;
/// - a capture inside a repeat keeps its last value, and a repeat ends with an iteration that
///   matched nothing;
/// - under `i`, `\p{Lu}` and `\p{Ll}` keep telling case apart, and `\W` has U+017F and U+212A.
///
/// A pattern may be used by many workers at once.
public final class Pattern: Sendable {
    /// The flags that change what a pattern means; `u` is always on, `g` and `y` have no place here.
    public struct Flags: OptionSet, Sendable {
        /// The flags as bits.
        public let rawValue: UInt8

        /// Flags of bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// `i`: case is ignored.
        public static let ignoreCase = Flags(rawValue: 1)
        /// `m`: `^` and `$` match at line ends too.
        public static let multiline = Flags(rawValue: 2)
        /// `s`: `.` matches line ends too.
        public static let dotAll = Flags(rawValue: 4)

        /// The flags of ECMAScript's letters; `d`, `g`, `u` and `y` are passed over, nil for others.
        public init?(_ letters: String) {
            self = []
            for letter in letters.utf8 {
                switch letter {
                case UInt8(ascii: "i"): insert(.ignoreCase)
                case UInt8(ascii: "m"): insert(.multiline)
                case UInt8(ascii: "s"): insert(.dotAll)
                case UInt8(ascii: "d"), UInt8(ascii: "g"), UInt8(ascii: "u"), UInt8(ascii: "y"):
                    break
                default: return nil
                }
            }
        }
    }

    /// Bytes of a pattern's source that are accepted.
    public static let sourceLimit = 65_536
    /// Backtracking steps that a match may take over all places it may start at, where PCRE2 counts
    /// anew for each place.
    static let stepLimit = 10_000_000
    /// Steps that every place may take, however long the text is.
    static let stepFloor = 100
    /// KiB that backtracking may keep.
    static let heapLimit: UInt32 = 20_000
    /// Bytes from which on a text is searched with the guarded program.
    static let guardedLength = 2_048
    /// Bytes of text that a pattern searches which may start anywhere.
    public static let searchLimit = 1 << 20

    /// The pattern as written.
    public let source: String
    private let code: Code
    /// The program for long texts: in it every repeat gives back its characters one by one, each a
    /// step, so that no scanning goes uncounted. The same as `code` where scans are short anyway.
    private let guarded: Code
    /// The address of match data that no one uses at the moment, or 0.
    private let spare = Atomic<UInt>(0)

    /// PCRE2's program, which matching does not change.
    private struct Code: @unchecked Sendable {
        let pointer: OpaquePointer
        /// Whether a match can start at the beginning only.
        let isAnchored: Bool
    }

    private init(_ source: String, _ code: Code, guarded: Code) {
        self.source = source
        self.code = code
        self.guarded = guarded
    }

    deinit {
        pcre2_match_data_free_8(OpaquePointer(bitPattern: spare.load(ordering: .acquiring)))
        if guarded.pointer != code.pointer { pcre2_code_free_8(guarded.pointer) }
        pcre2_code_free_8(code.pointer)
    }

    /// Compiles a pattern.
    ///
    /// - Throws: `.syntax` with the byte offset, `.limit` for a source of more than ``sourceLimit``
    ///   bytes, nesting past 200 and repeats past 65,535.
    public static func compile(
        _ source: String, flags: Flags = []
    ) throws(ExpressionError) -> Pattern {
        guard source.utf8.count <= sourceLimit else {
            throw ExpressionError(.limit, "the pattern is longer than \(sourceLimit) bytes")
        }
        var translator = PatternTranslator(source, flags)
        let translated = Array(try translator.translate().utf8)
        let code = try compile(translated, flags)
        let needsGuard = translator.hasOpenRepeat && !code.isAnchored
        return Pattern(
            source, code,
            guarded: needsGuard ? try compile(translated, flags, PCRE2_NO_AUTO_POSSESS) : code)
    }

    /// Compiles a pattern.
    ///
    /// - Throws: as ``compile(_:flags:)-(String,_)``.
    public static func compile(
        _ source: Text, flags: Flags = []
    ) throws(ExpressionError) -> Pattern {
        try compile(String(source), flags: flags)
    }

    /// Whether the pattern matches anywhere in the text.
    ///
    /// - Throws: `.limit` when a match takes too long to find or to rule out.
    public func matches(_ text: Text) throws(ExpressionError) -> Bool {
        try match(text) { _ in true } ?? false
    }

    /// The byte range of the first match, or nil.
    ///
    /// - Throws: as ``matches(_:)``.
    public func firstMatch(_ text: Text) throws(ExpressionError) -> Range<Int>? {
        try match(text) { data in
            guard let bounds = pcre2_get_ovector_pointer_8(data) else { return 0..<0 }
            return min(bounds[0], bounds[1])..<max(bounds[0], bounds[1])
        }
    }

    private func match<Result>(
        _ text: Text, _ read: (OpaquePointer) -> Result
    ) throws(ExpressionError) -> Result? {
        if !code.isAnchored, text.count > Pattern.searchLimit {
            throw ExpressionError(
                .limit,
                "the text is longer than \(Pattern.searchLimit) bytes; start the pattern with '^'")
        }
        let code = text.count < Pattern.guardedLength ? self.code : guarded
        guard
            let data = OpaquePointer(bitPattern: spare.exchange(0, ordering: .acquiring))
                ?? pcre2_match_data_create_from_pattern_8(code.pointer, nil)
        else { throw ExpressionError(.limit, "there is no memory to match in") }
        let status = pcre2_match_8(
            code.pointer, text.start.assumingMemoryBound(to: UInt8.self), text.count, 0,
            PCRE2_NO_UTF_CHECK, data, budget(text).pointer)
        let result = status >= 0 ? read(data) : nil
        if status >= PCRE2_ERROR_NOMATCH {
            let other = spare.exchange(UInt(bitPattern: data), ordering: .acquiringAndReleasing)
            pcre2_match_data_free_8(OpaquePointer(bitPattern: other))
            return result
        }
        // Such data has grown with what it had to remember.
        pcre2_match_data_free_8(data)
        throw ExpressionError(.limit, "the pattern backtracks too much on this text")
    }

    // MARK: Budgets

    /// PCRE2 counts steps anew for each place a match may start at, so that the budget of a search
    /// is shared out among the places of the text.
    private func budget(_ text: Text) -> Budget {
        if code.isAnchored { return Pattern.budgets[0] }
        let bits = Int.bitWidth - text.count.leadingZeroBitCount
        return Pattern.budgets[min(bits, Pattern.budgets.count - 1)]
    }

    /// A match context, which is only read once it was made.
    private struct Budget: @unchecked Sendable {
        let pointer: OpaquePointer?

        /// The budget of each start in texts of less than two to the power of `bits` bytes.
        init(bits: Int) {
            pointer = pcre2_match_context_create_8(nil)
            guard let pointer else { return }
            let steps = max(Pattern.stepLimit >> bits, Pattern.stepFloor)
            pcre2_set_match_limit_8(pointer, UInt32(steps))
            pcre2_set_depth_limit_8(pointer, UInt32(steps))
            pcre2_set_heap_limit_8(pointer, Pattern.heapLimit)
        }
    }

    private static let budgets = (0...20).map { Budget(bits: $0) }

    // MARK: Compiling

    private static func compile(
        _ pattern: [UInt8], _ flags: Flags, _ more: UInt32 = 0
    ) throws(ExpressionError) -> Code {
        var options =
            more | PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_MATCH_UNSET_BACKREF | PCRE2_DOLLAR_ENDONLY
            | UInt32(PCRE2_NEVER_BACKSLASH_C)
        if flags.contains(.ignoreCase) { options |= PCRE2_CASELESS }
        var status: Int32 = 0
        var offset = 0
        guard
            let code = pcre2_compile_8(pattern, pattern.count, options, &status, &offset, nil)
        else { throw ExpressionError(.syntax, message(status)) }
        var all: UInt32 = 0
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_ALLOPTIONS), &all)
        return Code(pointer: code, isAnchored: all & PCRE2_ANCHORED != 0)
    }

    private static func message(_ status: Int32) -> String {
        if status == 125 { return "a lookbehind has no fixed length" }
        let buffer = [UInt8](unsafeUninitializedCapacity: 256) { bytes, count in
            let written = pcre2_get_error_message_8(status, bytes.baseAddress, bytes.count)
            count = max(0, min(Int(written), bytes.count))
        }
        return String(decoding: buffer, as: UTF8.self)
    }
}
