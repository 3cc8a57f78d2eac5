/// The e-mail kinds that Docket brings along; see ``BuiltInKinds``.
extension BuiltInKinds {
    static let emailTexts: [(name: StaticString, text: StaticString)] = [
        (
            "email",
            #"""
            docket: 1
            kind: email
            description: An e-mail of a template that the mail service keeps
            dialect: ballerine
            messageWithoutErrorAction: true
            defaults:
              url: "{secret.EMAIL_API_URL}"
              method: POST
              headers: {Authorization: "Bearer {secret.EMAIL_API_TOKEN}"}
            fields:
              response:
                transform: [{transformer: jmespath, mapping: "`{}`"}]
            send:
              # An adapter written as 'log' sends nothing.
              skip: "adapter == 'log'"
              require:
                - {rule: "type(receivers) == 'array'", message: "receivers is no list of addresses"}
              body:
                - transformer: jmespath
                  mapping: |-
                    {
                      from: merge({email: from}, name && {name: name} || `{}`),
                      personalizations: [merge(
                        preheader && {preheader: preheader} || `{}`,
                        subject && {subject: subject} || `{}`,
                        {to: receivers[*].{email: @}, dynamic_template_data: @}
                      )],
                      template_id: templateId
                    }
            """#
        ),
        (
            "template-email",
            #"""
            docket: 1
            kind: template-email
            description: One of the e-mails that a platform sends
            base: email
            select: template
            parameters:
              dataMapping: {default: ""}
            fields:
              url: "{secret.EMAIL_API_URL}"
              method: POST
              headers:
                Authorization: "Bearer {secret.EMAIL_API_TOKEN}"
                Content-Type: application/json
            variants:
              associated-company-email:
                parameters:
                  templateId: {default: "'d-706793b7bef041ee86bf12cf0359e76d'", given: "'${value}'"}
                fields:
                  name: associated_company_email
                  stateNames: [deliver_associated_company_email]
                  successAction: EMAIL_SENT
                  errorAction: EMAIL_FAILURE
                  request:
                    transform:
                      - transformer: jmespath
                        mapping: |-
                          {
                            companyName: entity.data.companyName,
                            customerName: metadata.customerName,
                            kybCompanyName: entity.data.additionalInfo.kybCompanyName,
                            firstName: entity.data.additionalInfo.mainRepresentative.firstName,
                            collectionFlowUrl: join('',['{secret.COLLECTION_FLOW_URL}','/?token=',metadata.token]),
                            supportEmail: join('',['support@',metadata.customerName]),
                            from: 'no-reply@ballerine.com',
                            receivers: [entity.data.additionalInfo.mainRepresentative.email],
                            templateId: ${templateId},
                            adapter: '{secret.MAIL_ADAPTER}'
                          }
              resubmission:
                parameters:
                  templateId: {default: "'d-7305991b3e5840f9a14feec767ea7301'", given: "'${value}'"}
                fields:
                  name: resubmission
                  stateNames: [pending_resubmission]
                  successAction: EMAIL_SENT
                  errorAction: EMAIL_FAILURE
                  request:
                    transform:
                      - transformer: jmespath
                        mapping: |-
                          {
                            ${dataMapping}
                            kybCompanyName: entity.data.companyName,
                            customerCompanyName: metadata.customerName,
                            firstName: entity.data.additionalInfo.mainRepresentative.firstName,
                            resubmissionLink: join('',['{secret.COLLECTION_FLOW_URL}','/?token=',metadata.token,'&lng=',workflowRuntimeConfig.language]),
                            supportEmail: join('',['support@',metadata.customerName,'.com']),
                            from: 'no-reply@ballerine.com',
                            name: join(' ',[metadata.customerName,'Team']),
                            receivers: [entity.data.additionalInfo.mainRepresentative.email],
                            templateId: ${templateId},
                            revisionReason: documents[].decision[].revisionReason | [0],
                            language: workflowRuntimeConfig.language,
                            adapter: '{secret.MAIL_ADAPTER}'
                          }
              session:
                parameters:
                  templateId:
                    default: "(documents[].decision[].revisionReason | [0] != null) && 'd-2c6ae291d9df4f4a8770d6a4e272d803' || 'd-61c568cfa5b145b5916ff89790fe2065'"
                    given: "'${value}'"
                fields:
                  name: session
                  request:
                    transform:
                      - transformer: jmespath
                        mapping: |-
                          {
                            ${dataMapping}
                            kybCompanyName: entity.data.additionalInfo.companyName,
                            customerCompanyName: entity.data.additionalInfo.customerCompany,
                            firstName: entity.data.firstName,
                            kycLink: pluginsOutput.kyc_session.kyc_session_1.result.metadata.url,
                            from: 'no-reply@ballerine.com',
                            name: join(' ',[entity.data.additionalInfo.customerCompany,'Team']),
                            receivers: [entity.data.email],
                            subject: '{customerCompanyName} activation, Action needed.',
                            templateId: ${templateId},
                            revisionReason: documents[].decision[].revisionReason | [0],
                            language: workflowRuntimeConfig.language,
                            supportEmail: join('',['support@',entity.data.additionalInfo.customerCompany,'.com']),
                            adapter: '{secret.MAIL_ADAPTER}'
                          }
              invitation:
                parameters:
                  templateId: {default: "'d-8949519316074e03909042cfc5eb4f02'", given: "'${value}'"}
                fields:
                  name: invitation
                  request:
                    transform:
                      - transformer: jmespath
                        mapping: |-
                          {
                            ${dataMapping}
                            customerName: metadata.customerName,
                            collectionFlowUrl: join('',['{secret.COLLECTION_FLOW_URL}','/?token=',metadata.token,'&lng=',workflowRuntimeConfig.language]),
                            from: 'no-reply@ballerine.com',
                            receivers: [entity.data.additionalInfo.mainRepresentative.email],
                            language: workflowRuntimeConfig.language,
                            templateId: ${templateId},
                            adapter: '{secret.MAIL_ADAPTER}'
                          }
            """#
        ),
    ]
}
