import DecisionTables
import Definitions
import Documents
import Expressions
import RiskRules
import Statecharts

/// Decision tables as plugins.
extension CaseMachine {
    /// Evaluates the table of a plugin; its outputs go where those of other plugins go.
    mutating func decide(_ plugin: Plugin) {
        guard let table = plugin.table else {
            return fail(
                code: "RUN010", "the plugin '\(plugin.name)' failed: its table is not sound",
                place: String(plugin.place))
        }
        do throws(ExpressionError) {
            let outcome = try table.evaluate(Scope(pluginContext()), in: arena)
            if !record.pluginRuns.isEmpty {
                record.pluginRuns[record.pluginRuns.count - 1].table = outcome
            }
            if let destination = plugin.destination {
                record.context = ContextMerge.merge(
                    outcome.outputs, into: record.context, at: destination, in: arena)
            } else {
                record.context = record.context.setting(
                    plugin.output, to: outcome.outputs, in: arena)
            }
            guard keepsSchema(after: plugin.destination ?? plugin.output) else { return }
            succeed(plugin)
        } catch {
            fail(
                code: "RUN010", "the plugin '\(plugin.name)' failed: \(error.message)",
                place: String(plugin.place))
        }
    }
}

/// What decision tables said, for the record.
enum TableReasons {
    private static let limit = 100

    /// Where the rows stand that matched: the first hundred.
    static func places(_ outcome: DecisionTable.Outcome, _ table: DecisionTable) -> [String] {
        outcome.rows.prefix(limit).map { table.place(ofRow: Int($0)) }
    }

    /// The first table that the guard of a transition asked, and the rows that matched. The table is
    /// asked again over what the guard saw: contexts never change in place.
    static func asked(_ reason: Reason, _ workflow: Workflow) -> (DecisionTable, [String])? {
        for index in workflow.chart.conditions(reason.transition) {
            guard case .table(let test)? = workflow.conditions[index] else { continue }
            let arena = Arena(chunkBytes: 1024)
            let scope = Scope(reason.context, under: reason.payload)
            do throws(ExpressionError) {
                let outcome = try test.table.evaluate(scope, in: arena)
                return (test.table, places(outcome, test.table))
            } catch { return nil }
        }
        return nil
    }
}
