/// The files of a new repository: one workflow, its rules, a recorded vendor, a form, three cases.
enum StarterFiles {
    /// Paths and contents, in the order in which a person reads them.
    static func files(project: String) -> [(path: String, text: String)] {
        [
            ("README.md", readme(project)), ("docket.yaml", settings(project)),
            ("workflows/onboarding.yaml", workflow), ("rules/onboarding_risk.yaml", rules),
            ("vendors/registry.yaml", answers), ("forms/onboarding.yaml", form),
            ("cases/onboarding/acme.yaml", acme), ("cases/onboarding/newcomer.yaml", newcomer),
            ("cases/onboarding/unlisted.yaml", unlisted), (".gitignore", ignored),
        ]
    }

    private static func readme(_ project: String) -> String {
        """
        # \(project)

        Risk decisions with Docket. People change `workflows/`, `rules/` and `forms/` through pull
        requests; cases are files under `cases/`. `docket run` takes every case through its workflow
        and commits records, decisions and webhook messages to the branch `ledger`; it touches
        neither this branch nor the work tree.

            docket check                 # what is wrong with definitions and cases
            docket run                   # one pass over the cases, one commit on the ledger
            docket case list             # where the cases stand

        Try a change: set `baseRiskScore` of `young-company` in `rules/onboarding_risk.yaml` to 20,
        then see what it does to one case before you commit it:

            docket simulate onboarding --context cases/onboarding/newcomer.yaml

        A reviewer decides a case that waits in manual review with
        `docket case decide onboarding/newcomer approve`.

        All companies here are made up, and the vendor's answers are recorded in `vendors/`.

        """
    }

    private static func settings(_ project: String) -> String {
        """
        docket: 1
        project: \(project)
        environment: production
        cases:
          # Cases of this directory follow this workflow and start with this event.
          onboarding: {workflow: onboarding, events: [{type: START}]}
        risk:
          # A score belongs to the last level whose number it reaches.
          levels: {low: 0, medium: 30, high: 60, critical: 85}
          cap: 100
        vendors:
          registry: {kind: recorded, answers: vendors/registry.yaml}
        subscriptions:
          - type: webhook
            url: "https://hooks.example.com/docket"
            events: [workflow.completed]

        """
    }

    private static let workflow = """
        # A company is looked up in the registry and scored; what is not clear goes to a reviewer.
        docket: 1
        id: onboarding
        name: Onboarding
        version: 1
        definition:
          id: onboarding
          initial: idle
          states:
            idle:
              on: {START: registry_check}
            registry_check:
              on:
                REGISTRY_ANSWERED: scoring
                REGISTRY_FAILED: manual_review
            scoring:
              on:
                SCORED: decision
                SCORING_FAILED: manual_review
            decision:
              # Tried in order, as soon as the state is entered.
              always:
                - target: rejected
                  cond:
                    type: json-logic
                    options: {rule: {">=": [{var: pluginsOutput.risk.riskScore}, 85]}}
                - target: manual_review
                  cond:
                    type: json-logic
                    options: {rule: {">=": [{var: pluginsOutput.risk.riskScore}, 30]}}
                - target: approved
            manual_review:
              tags: [manual_review]
              on:
                approve: approved
                reject: rejected
            approved:
              type: final
              tags: [approved]
            rejected:
              type: final
              tags: [rejected]
        extensions:
          commonPlugins:
            - name: risk
              pluginKind: riskRules
              stateNames: [scoring]
              rulesSource: {source: repository, file: rules/onboarding_risk.yaml}
              successAction: SCORED
              errorAction: SCORING_FAILED
          apiPlugins:
            - name: registry
              pluginKind: api
              vendor: registry
              url: "https://registry.example.com/companies"
              method: POST
              headers: {Authorization: "Bearer {secret.REGISTRY_TOKEN}"}
              stateNames: [registry_check]
              successAction: REGISTRY_ANSWERED
              errorAction: REGISTRY_FAILED
              request:
                transform:
                  - transformer: jmespath
                    mapping: "{companyNumber: entity.data.companyNumber}"
              response:
                transform:
                  - transformer: jmespath
                    mapping: "{data: {status: status, incorporatedAt: incorporatedAt}}"

        """

    private static let rules = """
        # The score is the highest base score of the rules that hold, plus the additional scores of the
        # others.
        docket: 1
        rules:
          - id: young-company
            domain: Company profile
            indicator: Company is younger than one year
            riskLevel: moderate
            baseRiskScore: 35
            additionalRiskScore: 10
            ruleSet:
              operator: and
              rules:
                - {key: pluginsOutput.registry.data.incorporatedAt, operator: LAST_YEAR, value: {years: 1}}
          - id: not-active
            domain: Company profile
            indicator: The registry does not list the company as active
            riskLevel: critical
            baseRiskScore: 90
            additionalRiskScore: 40
            ruleSet:
              operator: and
              rules:
                - {key: pluginsOutput.registry.data.status, operator: NOT_EQUALS, value: active}

        """

    private static let answers = """
        # Recorded answers: the first whose `when` fits the request is given; none is a 404.
        answers:
          - when: {companyNumber: "01234567"}
            status: 200
            body: {status: active, incorporatedAt: "2009-03-02"}
          # In the far future, so that this company stays young in the example.
          - when: {companyNumber: "07654321"}
            status: 200
            body: {status: active, incorporatedAt: "2999-01-01"}
          - when: {companyNumber: "00000000"}
            status: 200
            body: {status: dissolved, incorporatedAt: "1998-11-20"}

        """

    private static let form = """
        # What an applicant fills in, page by page. A destination is a path in the case's context.
        docket: 1
        id: onboarding
        name: Application
        type: collection_flow
        workflow: onboarding
        uiContext: collection_flow
        uiSchema:
          elements:
            - type: page
              number: 1
              stateName: company
              name: Your company
              elements:
                - {type: textfield, name: companyName, valueDestination: entity.data.companyName}
                - {type: textfield, name: companyNumber, valueDestination: entity.data.companyNumber}

        """

    private static let acme = """
        # An old company in good standing: approved.
        context:
          entity:
            type: business
            id: acme
            data: {companyName: Acme Widgets Ltd, companyNumber: "01234567", country: GB}
          documents: []

        """

    private static let newcomer = """
        # A company founded this year: a reviewer decides.
        context:
          entity:
            type: business
            id: newcomer
            data: {companyName: Newcomer Ventures Ltd, companyNumber: "07654321", country: GB}
          documents: []

        """

    private static let unlisted = """
        # The registry says that it was dissolved: rejected.
        context:
          entity:
            type: business
            id: unlisted
            data: {companyName: Unlisted Trading Ltd, companyNumber: "00000000", country: GB}
          documents: []

        """

    private static let ignored = """
        # Secrets stay out of git.
        .env
        secrets*

        """
}
