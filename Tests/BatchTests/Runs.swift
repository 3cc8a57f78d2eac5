import Batch
import Documents
import Foundation

/// The clock of most tests.
let clock = Instant(milliseconds: 1_795_312_923_456)

/// Small definitions: an applicant is approved by data, a reviewer decides the others.
let settingsFile = """
    docket: 1
    project: tests
    cases:
      people: {workflow: screening, events: [{type: START}]}
      bulk: {workflow: screening, events: [{type: START}]}
    subscriptions:
      - {type: webhook, url: "https://hooks.example.com/x", events: [workflow.completed]}
    limits: {steps: 100, caseBytes: 65536, massChange: {percent: 1, atLeast: 3}}
    """

let workflowFile = """
    docket: 1
    id: screening
    version: 1
    definition:
      initial: idle
      states:
        idle:
          on:
            START:
              - target: approved
                cond: {type: json-logic, options: {rule: {"<": [{var: entity.data.score}, 10]}}}
              - target: rejected
                cond: {type: json-logic, options: {rule: {">": [{var: entity.data.score}, 90]}}}
              - target: review
        review:
          tags: [manual_review]
          on:
            approve: approved
            reject: rejected
            INPUT_CHANGED: review
        approved: {type: final, tags: [approved]}
        rejected: {type: final, tags: [rejected]}
    """

/// A case file of an applicant.
func applicant(_ name: String, score: Int) -> String {
    """
    context:
      entity: {type: individual, id: \(name), data: {fullName: Zebediah \(name), score: \(score)}}
    """
}

let baseFiles: [String: String] = [
    "docket.yaml": settingsFile, "workflows/screening.yaml": workflowFile,
    "cases/people/ada.yaml": applicant("ada", score: 1),
    "cases/people/bo.yaml": applicant("bo", score: 50),
    "cases/people/cy.json":
        #"{"context": {"entity": {"id": "cy", "data": {"fullName": "Zebediah cy", "score": 95}}}}"#,
]

extension TestRepository {
    /// Runs a batch over this repository.
    @discardableResult
    func run(
        at time: Instant = clock, _ change: (inout RunOptions) -> Void = { _ in }
    ) throws -> RunReport {
        var options = RunOptions(directory: directory, now: time, jobs: 2)
        options.at = time
        change(&options)
        return try BatchRun(options: options).perform()
    }
}

extension Instant {
    func plus(seconds: Int) -> Instant { advanced(byMilliseconds: seconds * 1000) }
}
