/// The property names that `\p{…}` takes (ECMA-262, tables 67 to 69), as PCRE2 writes them.
enum UnicodeProperty {
    /// The inside of PCRE2's `\p{…}` for that of ECMAScript's, and whether the two are opposites;
    /// nil for a name that is none.
    static func translation(_ text: String) -> (name: String, isOpposite: Bool)? {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isNameByte) }) else {
            return nil
        }
        if parts.count == 1 { return lone(text) }
        guard parts.count == 2 else { return nil }
        switch parts[0] {
        case "General_Category", "gc": return category(String(parts[1])).map { ($0, false) }
        case "Script", "sc": return ("sc:\(parts[1])", false)
        case "Script_Extensions", "scx": return ("scx:\(parts[1])", false)
        default: return nil
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
        default: false
        }
    }

    private static func lone(_ name: String) -> (name: String, isOpposite: Bool)? {
        if name.utf8.elementsEqual("Assigned".utf8) { return ("Cn", true) }
        if let category = category(name) { return (category, false) }
        return binary.contains(name) ? (name, false) : nil
    }

    private static func category(_ name: String) -> String? {
        if let short = categories[name] { return short }
        if name.utf8.elementsEqual("LC".utf8) { return "L&" }
        return categories.values.contains(name) ? name : nil
    }

    // Written as text and taken apart when first asked for: the optimiser takes minutes for literals
    // of so many strings.

    private static let categories: [String: String] = Dictionary(
        words(
            """
            Cased_Letter:L& Close_Punctuation:Pe Connector_Punctuation:Pc Control:Cc cntrl:Cc
            Currency_Symbol:Sc Dash_Punctuation:Pd Decimal_Number:Nd digit:Nd Enclosing_Mark:Me
            Final_Punctuation:Pf Format:Cf Initial_Punctuation:Pi Letter:L Letter_Number:Nl
            Line_Separator:Zl Lowercase_Letter:Ll Mark:M Combining_Mark:M Math_Symbol:Sm
            Modifier_Letter:Lm Modifier_Symbol:Sk Nonspacing_Mark:Mn Number:N
            Open_Punctuation:Ps Other:C Other_Letter:Lo Other_Number:No Other_Punctuation:Po
            Other_Symbol:So Paragraph_Separator:Zp Private_Use:Co Punctuation:P punct:P
            Separator:Z Space_Separator:Zs Spacing_Mark:Mc Surrogate:Cs Symbol:S
            Titlecase_Letter:Lt Unassigned:Cn Uppercase_Letter:Lu
            """
        ).map {
            let parts = $0.split(separator: ":")
            return (String(parts[0]), String(parts[1]))
        }, uniquingKeysWith: { first, _ in first })

    private static let binary = Set(
        words(
            """
            Any ASCII ASCII_Hex_Digit AHex Alphabetic Alpha Bidi_Control Bidi_C Bidi_Mirrored
            Bidi_M Case_Ignorable CI Cased Changes_When_Casefolded CWCF Changes_When_Casemapped
            CWCM Changes_When_Lowercased CWL Changes_When_Titlecased CWT Changes_When_Uppercased
            CWU Dash Default_Ignorable_Code_Point DI Deprecated Dep Diacritic Dia Emoji
            Emoji_Component EComp Emoji_Modifier EMod Emoji_Modifier_Base EBase
            Emoji_Presentation EPres Extended_Pictographic ExtPict Extender Ext Grapheme_Base
            Gr_Base Grapheme_Extend Gr_Ext Hex_Digit Hex IDS_Binary_Operator IDSB
            IDS_Trinary_Operator IDST ID_Continue IDC ID_Start IDS Ideographic Ideo Join_Control
            Join_C Logical_Order_Exception LOE Lowercase Lower Math Noncharacter_Code_Point
            NChar Pattern_Syntax Pat_Syn Pattern_White_Space Pat_WS Quotation_Mark QMark Radical
            Regional_Indicator RI Sentence_Terminal STerm Soft_Dotted SD Terminal_Punctuation
            Term Unified_Ideograph UIdeo Uppercase Upper Variation_Selector VS White_Space space
            XID_Continue XIDC XID_Start XIDS
            """))

    private static func words(_ text: String) -> [String] {
        text.split { $0 == " " || $0 == "\n" }.map(String.init)
    }
}
