/// How drawings look.
enum SVGStyle {
    /// The class of a state by what its tags say of the case.
    static func tone(of state: Diagram.State) -> String? {
        for tag in state.tags {
            switch tag {
            case "approved", "resolved": return "good"
            case "rejected", "failure", "dismissed": return "bad"
            case "manual_review": return "person"
            case "revision": return "again"
            case "pending_process", "collection_flow", "data_enrichment": return "wait"
            default: continue
            }
        }
        return nil
    }

    /// The style sheet and the arrow's head.
    static let sheet = """
        <style>
        text{font-family:system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#1f2328}
        .bg{fill:#fff}.h{font-size:18px;font-weight:600}
        .n{font-size:14px;font-weight:600}.e{font-size:12px;font-weight:600}
        .t,.w,.i{font-size:11px;fill:#59636e}.i{font-style:italic}
        .g{font-size:11px;font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#59636e}
        .l{fill:none;stroke:#818b98;stroke-width:1.4;marker-end:url(#a)}.ah{fill:#818b98}
        .lb{fill:#fff;fill-opacity:.92}.s{fill:#1f2328}
        .b rect,.b circle{fill:#f6f8fa;stroke:#818b98;stroke-width:1.4}
        .b .in{fill:none}.box rect{fill:#fff}.any rect{stroke-dasharray:4 3;fill:none}
        .good rect{stroke:#1a7f37;fill:#effbf2}.good .t{fill:#1a7f37}
        .bad rect{stroke:#cf222e;fill:#fff3f2}.bad .t{fill:#cf222e}
        .person rect{stroke:#9a6700;fill:#fff9e8}.person .t{fill:#9a6700}
        .again rect{stroke:#8250df;fill:#faf5ff}.again .t{fill:#8250df}
        .wait rect{stroke:#0969da;fill:#f1f8ff}.wait .t{fill:#0969da}
        .box rect{fill-opacity:.35}
        .act>rect{stroke-width:3}.cur>rect,.cur>circle{stroke-width:3.5;stroke:#0550ae;fill:#cfe6ff}
        .mk rect{fill:#0550ae}.m{font-size:11px;font-weight:700;fill:#fff}
        .b .in{fill:none;stroke-width:1}
        @media (prefers-color-scheme:dark){
        text{fill:#e6edf3}.bg,.lb{fill:#0d1117}.t,.w,.i,.g{fill:#9aa4af}.s{fill:#e6edf3}
        .l{stroke:#6e7681}.ah{fill:#6e7681}
        .b rect,.b circle{fill:#161b22;stroke:#6e7681}.any rect{fill:none}
        .good rect{stroke:#3fb950;fill:#0d2114}.good .t{fill:#3fb950}
        .bad rect{stroke:#f85149;fill:#2a1214}.bad .t{fill:#f85149}
        .person rect{stroke:#d29922;fill:#272012}.person .t{fill:#d29922}
        .again rect{stroke:#a371f7;fill:#1d1630}.again .t{fill:#a371f7}
        .wait rect{stroke:#4493f8;fill:#101d30}.wait .t{fill:#4493f8}
        .cur>rect,.cur>circle{stroke:#79c0ff;fill:#123a66}.mk rect{fill:#79c0ff}.m{fill:#0d1117}
        .b .in{fill:none}
        }
        </style>
        <defs><marker id="a" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" \
        orient="auto"><path class="ah" d="M0,1L10,5L0,9z"/></marker></defs>

        """
}
