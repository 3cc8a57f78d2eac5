/// The plugin kinds that Docket brings along, as the YAML that a repository would write in
/// `plugins/` (see docs/formats.md). `api` and `webhook` are what all others build on and have no text.
///
/// The fields are those of Ballerine's kinds of the same names, so that its workflows ask their
/// vendors the same questions.
enum BuiltInKinds {
    /// Texts by name; where native workflows need another text, it says `semantics: docket`.
    static let texts: [(name: StaticString, text: StaticString)] =
        registryTexts + personTexts + emailTexts

    private static let registryTexts: [(name: StaticString, text: StaticString)] = [
        // In Ballerine's mapping true and false are names of fields, which are not there.
        (
            "merchant-monitoring",
            #"""
            docket: 1
            kind: merchant-monitoring
            semantics: docket
            base: merchant-monitoring
            parameters:
              merchantMonitoringQualityControl: {default: "`true`", given: "`${value}`"}
            """#
        ),
        (
            "registry-information",
            #"""
            docket: 1
            kind: registry-information
            description: What a company register knows of a company
            dialect: ballerine
            select: vendor
            parameters:
              country: {from: defaultCountry, default: "{entity.data.country}"}
            fields:
              name: businessInformation
              displayName: Registry Information
              url: "{secret.UNIFIED_API_URL}/companies-v2/${country}/{entity.data.registrationNumber}"
              method: GET
              headers: {Authorization: "Bearer {secret.UNIFIED_API_TOKEN}"}
              persistResponseDestination: pluginsOutput.businessInformation
              response:
                transform:
                  - transformer: jmespath
                    mapping: "merge({ name: 'businessInformation', status: reason == 'NOT_IMPLEMENTED' && 'CANCELED' || error != `null` && 'ERROR' || jurisdictionCode == 'HK' && 'IN_PROGRESS' || 'SUCCESS' }, @)"
                  - transformer: helper
                    mapping: [{method: setTimeToRecordUTC, source: invokedAt, target: invokedAt}]
            variants:
              # Only registers of Hong Kong answer later.
              asia-verify:
                fields:
                  vendor: asia-verify
                  request:
                    transform:
                      - transformer: jmespath
                        mapping: |-
                          merge(
                            { vendor: 'asia-verify' },
                            entity.data.country == 'HK' && {
                              callbackUrl: join('',['{secret.APP_API_URL}/api/v1/external/workflows/',workflowRuntimeId,'/hook/VENDOR_DONE','?resultDestination=pluginsOutput.businessInformation.data&processName=kyb-unified-api'])
                            }
                          )
              kyckr:
                fields:
                  vendor: kyckr
                  request:
                    transform:
                      - transformer: jmespath
                        mapping: |-
                          {
                            vendor: 'kyckr',
                            callbackUrl: join('',['{secret.APP_API_URL}/api/v1/external/workflows/',workflowRuntimeId,'/hook/VENDOR_DONE','?resultDestination=pluginsOutput.businessInformation.data&processName=kyb-unified-api'])
                          }
            """#
        ),
        (
            "company-sanctions",
            #"""
            docket: 1
            kind: company-sanctions
            description: Sanctions lists, asked for a company
            dialect: ballerine
            select: vendor
            parameters:
              country: {from: defaultCountry, default: "{entity.data.country}"}
            fields:
              name: companySanctions
              displayName: Company Sanctions
              url: "{secret.UNIFIED_API_URL}/companies/${country}/{entity.data.companyName}/sanctions"
              method: GET
              headers: {Authorization: "Bearer {secret.UNIFIED_API_TOKEN}"}
              persistResponseDestination: pluginsOutput.companySanctions
              response:
                transform:
                  - transformer: jmespath
                    mapping: "merge({ name: 'companySanctions', status: contains(['NOT_IMPLEMENTED', 'NOT_AVAILABLE'], reason) && 'CANCELED' || error != `null` && 'ERROR' || 'SUCCESS'  }, @)"
                  - transformer: helper
                    mapping: [{method: setTimeToRecordUTC, source: invokedAt, target: invokedAt}]
            variants:
              asia-verify:
                fields:
                  vendor: asia-verify
                  request:
                    transform: [{transformer: jmespath, mapping: "{ vendor: 'asia-verify' }"}]
            """#
        ),
        (
            "ubo",
            #"""
            docket: 1
            kind: ubo
            description: The ultimate beneficial owners of a company
            dialect: ballerine
            select: vendor
            parameters:
              country: {from: defaultCountry, default: "{entity.data.country}"}
              vendor: {}
            fields:
              name: ubo
              displayName: UBO Check
              vendor: "${vendor}"
              url: "{secret.UNIFIED_API_URL}/companies/${country}/{entity.data.registrationNumber}/ubo"
              method: GET
              headers: {Authorization: "Bearer {secret.UNIFIED_API_TOKEN}"}
              persistResponseDestination: pluginsOutput.ubo
              request:
                transform:
                  - transformer: jmespath
                    mapping: |-
                      {
                        vendor: '${vendor}',
                        callbackUrl: join('',['{secret.APP_API_URL}/api/v1/external/workflows/',workflowRuntimeId,'/hook/VENDOR_DONE','?resultDestination=pluginsOutput.ubo.data&processName=ubo-unified-api'])
                      }
              response:
                transform:
                  - transformer: jmespath
                    mapping: "merge({ name: 'ubo', status: reason == 'NOT_IMPLEMENTED' && 'CANCELED' || error != `null` && 'ERROR' || 'IN_PROGRESS' }, @)"
                  - transformer: helper
                    mapping: [{method: setTimeToRecordUTC, source: invokedAt, target: invokedAt}]
            variants:
              asia-verify: {}
              kyckr: {}
            """#
        ),
        (
            "merchant-monitoring",
            #"""
            docket: 1
            kind: merchant-monitoring
            description: A report on a merchant's web site
            semantics: ballerine
            dialect: ballerine
            select: vendor
            parameters:
              dataMapping: {default: ""}
              reportType: {default: "'MERCHANT_REPORT_T1'", given: "'${value}'"}
              merchantMonitoringQualityControl: {default: "true"}
            fields:
              name: merchantMonitoring
              displayName: Merchant Monitoring
              url: "{secret.UNIFIED_API_URL}/merchants/analysis"
              method: POST
              headers: {Authorization: "Bearer {secret.UNIFIED_API_TOKEN}"}
              persistResponseDestination: pluginsOutput.merchantMonitoring
              request:
                transform:
                  - transformer: jmespath
                    mapping: |-
                      {
                        ${dataMapping}
                        reportType: ${reportType},
                        callbackUrl: join('',['{secret.APP_API_URL}/api/v1/external/workflows/',workflowRuntimeId,'/hook/VENDOR_DONE','?resultDestination=pluginsOutput.merchantMonitoring&processName=website-monitoring'])
                        withQualityControl: ${merchantMonitoringQualityControl}
                      }
              response:
                transform:
                  - transformer: jmespath
                    mapping: "merge({ name: 'merchantMonitoring', status: contains(['NOT_IMPLEMENTED', 'NOT_AVAILABLE'], reason) && 'CANCELED' || error != `null` && 'ERROR' || 'IN_PROGRESS'  }, @)"
                  - transformer: helper
                    mapping: [{method: setTimeToRecordUTC, source: invokedAt, target: invokedAt}]
            variants:
              ballerine: {}
            """#
        ),
        (
            "mastercard-merchant-screening",
            #"""
            docket: 1
            kind: mastercard-merchant-screening
            description: Mastercard's list of terminated merchants
            dialect: ballerine
            defaults:
              url: "{secret.UNIFIED_API_URL}/merchant-screening/mastercard"
              headers: {Authorization: "Bearer {secret.UNIFIED_API_TOKEN}"}
            fields:
              method: POST
            send:
              # The address's country in three letters; a subdivision is told for two countries only.
              prepare:
                - transformer: helper
                  mapping:
                    - {method: countryAlpha3, source: merchant.address.country, target: merchant.address.country}
                    - {method: countryAlpha3, source: principals.0.address.country, target: principalCountry}
              body:
                - transformer: jmespath
                  mapping: |-
                    {
                      consumerKey: '{secrets.mastercardConsumerKey}',
                      privateKey: '{secrets.mastercardPrivateKey}',
                      acquirerId: '{secrets.mastercardAcquirerId}',
                      merchant: {
                        name: merchant.name,
                        address: merge(merchant.address, {
                          city: merchant.address.city || 'Singapore',
                          countrySubdivision: contains(['USA', 'CAN'], merchant.address.country) && merchant.address.countrySubdivision || `null`
                        })
                      },
                      principals: [merge(principals[0], {
                        address: merge(principals[0].address, {
                          city: principals[0].address.city || 'Singapore',
                          country: principalCountry,
                          countrySubdivision: contains(['USA', 'CAN'], principalCountry) && principals[0].address.countrySubdivision || `null`
                        })
                      })]
                    }
            """#
        ),
        (
            "kyb",
            #"""
            docket: 1
            kind: kyb
            description: A company register, asked by country and number
            dialect: ballerine
            send:
              prepare:
                - transformer: helper
                  mapping:
                    - {method: countryAlpha2, source: countryOfIncorporation, target: country}
                - transformer: jmespath
                  mapping: |-
                    {
                      country: country,
                      region: length(not_null(state, '')) == `2` && join('', ['-', state]) || '',
                      number: not_null(companyNumber, ''),
                      vendor: vendor || 'open-corporates'
                    }
              require:
                - {rule: country, message: Invalid countryOfIncorporation for KYB process}
                - {rule: "type(number) == 'string'", message: Invalid companyNumber for KYB process}
              path: "/{country}{region}/{number}"
              body: [{transformer: jmespath, mapping: "{vendor: vendor}"}]
            """#
        ),
    ]

    private static let personTexts: [(name: StaticString, text: StaticString)] = [
        // In Ballerine's mapping true and false are names of fields, which are not there.
        (
            "kyc-session",
            #"""
            docket: 1
            kind: kyc-session
            semantics: docket
            base: kyc-session
            parameters:
              withAml: {default: "`false`", given: "`${value}`"}
            """#
        ),
        (
            "kyc-session",
            #"""
            docket: 1
            kind: kyc-session
            description: A page on which a person proves who they are
            semantics: ballerine
            dialect: ballerine
            select: vendor
            parameters:
              dataMapping: {default: ""}
              withAml: {default: "false"}
            fields:
              name: kyc_session
              url: "{secret.UNIFIED_API_URL}/individual-verification-sessions"
              method: POST
              headers: {Authorization: "Bearer {secret.UNIFIED_API_TOKEN}"}
              request:
                transform:
                  - transformer: jmespath
                    mapping: |-
                      {
                        ${dataMapping}
                        endUserId: join('__',[entity.ballerineEntityId || entity.data.id || entity.data.identityNumber, pluginsOutput.kyc_session.kyc_session_1.result.metadata.id || '']),
                        firstName: entity.data.firstName,
                        lastName: entity.data.lastName,
                        callbackUrl: join('',['{secret.APP_API_URL}/api/v1/external/workflows/',workflowRuntimeId,'/hook/KYC_RESPONSE_RECEIVED','?resultDestination=pluginsOutput.kyc_session.kyc_session_1.result']),
                        vendor: 'veriff',
                        withAml: ${withAml}
                      }
                schema:
                  type: object
                  required: [firstName, lastName, callbackUrl, vendor]
                  properties:
                    firstName: {type: string}
                    lastName: {type: string}
                    callbackUrl: {type: string}
                    vendor: {type: string}
              response:
                transform:
                  - transformer: jmespath
                    mapping: "{kyc_session_1: {vendor: 'veriff', type: 'kyc', result: {metadata: @}}}"
            send:
              body:
                - transformer: jmespath
                  mapping: "merge(@, {callbackUrl: join('', [callbackUrl, '&processName=kyc-unified-api'])})"
            variants:
              veriff: {fields: {vendor: veriff}}
            """#
        ),
        (
            "kyc",
            #"""
            docket: 1
            kind: kyc
            description: A check of a person's identity, whose result the answer holds
            semantics: docket
            defaults:
              url: "{secret.UNIFIED_API_URL}/individual-verifications"
              method: POST
              headers: {Authorization: "Bearer {secret.UNIFIED_API_TOKEN}"}
            """#
        ),
        (
            "individual-sanctions",
            #"""
            docket: 1
            kind: individual-sanctions
            description: Sanctions lists, asked for a person
            semantics: ballerine
            dialect: ballerine
            select: vendor
            parameters:
              person:
                from: takeEntityDetailFromKyc
                values: {"true": pluginsOutput.kyc_session.kyc_session_1.result.entity.data}
                default: entity.data.additionalInfo.ubos[0]
              dataMapping: {default: ""}
              ongoingMonitoring: {default: "false"}
              successAction: {default: ""}
            fields:
              displayName: Sanctions Screening
              url: "{secret.UNIFIED_API_URL}/aml-sessions"
              method: POST
              headers: {Authorization: "Bearer {secret.UNIFIED_API_TOKEN}"}
            variants:
              dow-jones:
                fields:
                  name: sanctionsScreening
                  request:
                    transform:
                      - transformer: jmespath
                        mapping: |-
                          {
                            vendor: 'dow-jones',
                            firstName: ${person}.firstName,
                            lastName: ${person}.lastName,
                            dateOfBirth: 1990-01-01
                            ongoingMonitoring: ${ongoingMonitoring},
                            endUserId: join('__', [entity.ballerineEntityId, '']),
                            clientId: clientId,
                            callbackUrl: join('',['{secret.APP_API_URL}/api/v1/external/workflows/',workflowRuntimeId,'/hook/${successAction}','?resultDestination=pluginsOutput.kyc_session.kyc_session_1.result.aml&processName=aml-unified-api'])
                          }
                  response:
                    transform:
                      - transformer: jmespath
                        mapping: "merge({ name: 'sanctionsScreening', status: reason == 'NOT_IMPLEMENTED' && 'CANCELED' || error != `null` && 'ERROR' || 'IN_PROGRESS' }, @)"
                      - transformer: helper
                        mapping: [{method: setTimeToRecordUTC, source: invokedAt, target: invokedAt}]
              comply-advantage:
                parameters:
                  extra:
                    from: dataMapping
                    default: ""
                fields:
                  vendor: comply-advantage
                  request:
                    transform:
                      - transformer: jmespath
                        mapping: |-
                          {
                            vendor: 'veriff',
                            firstName: ${person}.firstName,
                            lastName: ${person}.lastName,
                            ${extra}
                            dateOfBirth: 1990-01-01
                            ongoingMonitoring: ${ongoingMonitoring},
                            endUserId: join('__', [entity.ballerineEntityId, '']),
                            callbackUrl: join('',['{secret.APP_API_URL}/api/v1/external/workflows/',workflowRuntimeId,'/hook/${successAction}','?resultDestination=aml&processName=aml-unified-api'])
                          }
                  response:
                    transform:
                      - transformer: jmespath
                        mapping: "merge({ name: 'sanctions_screening', status: reason == 'NOT_IMPLEMENTED' && 'CANCELED' || error != `null` && 'ERROR' || 'IN_PROGRESS' }, @)"
                      - transformer: helper
                        mapping: [{method: setTimeToRecordUTC, source: invokedAt, target: invokedAt}]
            """#
        ),
        // Ballerine's own mapping has a date of birth that is none.
        (
            "individual-sanctions",
            #"""
            docket: 1
            kind: individual-sanctions
            description: Sanctions lists, asked for a person
            semantics: docket
            parameters:
              vendor: {default: ""}
              person: {default: entity.data}
              ongoingMonitoring: {default: "`false`", given: "`${value}`"}
              successAction: {default: ""}
            defaults:
              displayName: Sanctions Screening
              url: "{secret.UNIFIED_API_URL}/aml-sessions"
              method: POST
              headers: {Authorization: "Bearer {secret.UNIFIED_API_TOKEN}"}
              request:
                transform:
                  - transformer: jmespath
                    mapping: |-
                      {
                        vendor: '${vendor}',
                        firstName: ${person}.firstName,
                        lastName: ${person}.lastName,
                        dateOfBirth: ${person}.dateOfBirth,
                        ongoingMonitoring: ${ongoingMonitoring},
                        endUserId: entity.id,
                        callbackUrl: join('', ['{secret.APP_API_URL}/api/v1/external/workflows/', workflowRuntimeId, '/hook/${successAction}'])
                      }
              response:
                transform:
                  - transformer: jmespath
                    mapping: "merge({name: 'sanctionsScreening', status: (reason == 'NOT_IMPLEMENTED' && 'CANCELED') || (error != `null` && 'ERROR') || 'IN_PROGRESS'}, @)"
                  - transformer: helper
                    mapping: [{method: setTimeToRecordUTC, source: invokedAt, target: invokedAt}]
            """#
        ),
    ]
}
