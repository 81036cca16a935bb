//! The two SOAP operations that REST has no word for: converting leads, and the old log-in.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::super::credentials::{SALESFORCE_PASSWORD, SALESFORCE_USERNAME};
use super::oauth;
use super::org::Org;
use super::write::{Conversion, Writer};

const MOST_LEADS: usize = 100;

/// `POST /services/Soap/u/XX.X`.
pub(super) async fn serve(State(org): State<Arc<Org>>, headers: HeaderMap, body: String) -> Response {
    if let Some(call) = elements(&body, "login").first() {
        return log_in(&org, &headers, call);
    }
    let token = elements(&body, "sessionId").first().map(|token| text(token)).unwrap_or_default();
    let Some(session) = org.session(&token) else {
        return fault("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader: Illegal Session");
    };
    if org.count().is_err() {
        return fault("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
    }
    let Some(call) = elements(&body, "convertLead").first().copied() else {
        return fault("UNSUPPORTED_API_VERSION", "This operation is not supported");
    };
    let leads = elements(call, "leadConverts");
    if leads.len() > MOST_LEADS {
        return fault("EXCEEDED_LEAD_CONVERT_LIMIT", "convert lead limit reached");
    }
    let mut store = org.store.write().expect("no write panics");
    let mut writer = Writer { store: &mut store, now: org.clock.now(), user: session.user };
    let results: String = leads.iter().map(|lead| convert(&mut writer, lead)).collect();
    store.commit();
    envelope(StatusCode::OK, &format!("<convertLeadResponse>{results}</convertLeadResponse>"))
}

fn convert(writer: &mut Writer<'_>, lead: &str) -> String {
    let get = |name: &str| elements(lead, name).first().map(|value| text(value));
    let id = get("leadId").unwrap_or_default();
    let conversion = Conversion {
        lead: id.clone(),
        status: get("convertedStatus").unwrap_or_default(),
        account: get("accountId"),
        contact: get("contactId"),
        owner: get("ownerId"),
        opportunity_name: get("opportunityName"),
        without_opportunity: get("doNotCreateOpportunity").as_deref() == Some("true"),
    };
    let nil = |name: &str| format!("<{name} xsi:nil=\"true\"/>");
    match writer.convert(&conversion) {
        Ok(converted) => {
            let opportunity = converted
                .opportunity
                .map_or_else(|| nil("opportunityId"), |id| format!("<opportunityId>{id}</opportunityId>"));
            format!(
                "<result><accountId>{}</accountId><contactId>{}</contactId><leadId>{}</leadId>{opportunity}\
                 <success>true</success></result>",
                converted.account,
                converted.contact,
                escape(&id)
            )
        }
        Err(refusal) => format!(
            "<result>{}{}<errors><message>{}</message><statusCode>{}</statusCode></errors><leadId>{}</leadId>{}\
             <success>false</success></result>",
            nil("accountId"),
            nil("contactId"),
            escape(&refusal.message),
            refusal.code,
            escape(&id),
            nil("opportunityId"),
        ),
    }
}

fn log_in(org: &Org, headers: &HeaderMap, call: &str) -> Response {
    let get = |name: &str| elements(call, name).first().map(|value| text(value)).unwrap_or_default();
    if get("username") != SALESFORCE_USERNAME || get("password") != SALESFORCE_PASSWORD {
        let message = "Invalid username, password, security token; or user locked out.";
        return fault("INVALID_LOGIN", message);
    }
    let instance = oauth::instance_url(headers);
    let body = format!(
        "<loginResponse><result><metadataServerUrl>{instance}/services/Soap/m/65.0/{org_id}</metadataServerUrl>\
         <passwordExpired>false</passwordExpired><sandbox>false</sandbox>\
         <serverUrl>{instance}/services/Soap/u/65.0/{org_id}</serverUrl><sessionId>{token}</sessionId>\
         <userId>{user}</userId><userInfo><organizationId>{org_id}</organizationId>\
         <organizationName>Leadline Sandbox</organizationName><userName>{SALESFORCE_USERNAME}</userName>\
         <userId>{user}</userId><sessionSecondsValid>{seconds}</sessionSecondsValid></userInfo></result></loginResponse>",
        org_id = org.id,
        token = org.log_in(org.runs_as),
        user = org.runs_as,
        seconds = org.options.token_lifetime.as_secs(),
    );
    envelope(StatusCode::OK, &body)
}

fn envelope(status: StatusCode, body: &str) -> Response {
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope \
         xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns=\"urn:partner.soap.sforce.com\" \
         xmlns:sf=\"urn:fault.partner.soap.sforce.com\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    );
    (status, [(header::CONTENT_TYPE, "text/xml;charset=UTF-8")], xml).into_response()
}

fn fault(code: &str, message: &str) -> Response {
    let message = escape(message);
    let body = format!(
        "<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {message}</faultstring><detail>\
         <sf:UnexpectedErrorFault><sf:exceptionCode>{code}</sf:exceptionCode>\
         <sf:exceptionMessage>{message}</sf:exceptionMessage></sf:UnexpectedErrorFault></detail></soapenv:Fault>"
    );
    envelope(StatusCode::INTERNAL_SERVER_ERROR, &body)
}

/// The inside of every element with this name, whatever its prefix. Enough for the flat messages read here.
fn elements<'x>(xml: &'x str, name: &str) -> Vec<&'x str> {
    let mut found = Vec::new();
    let mut rest = xml;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let Some(end) = rest.find('>') else { break };
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        let full = tag.split_whitespace().next().unwrap_or_default();
        if tag.ends_with('/') || full.rsplit(':').next() != Some(name) || full.starts_with('/') {
            continue;
        }
        let close = format!("</{full}>");
        let Some(inside) = rest.find(&close) else { break };
        found.push(&rest[..inside]);
        rest = &rest[inside + close.len()..];
    }
    found
}

fn text(xml: &str) -> String {
    let plain =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    plain.iter().fold(xml.trim().to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{elements, text};

    #[test]
    fn elements_are_found_whatever_their_prefix() {
        let xml = "<s:Body><urn:convertLead><urn:leadId>1</urn:leadId></urn:convertLead><x/><leadId a=\"b\">&lt;2</leadId></s:Body>";
        let found: Vec<String> = elements(xml, "leadId").into_iter().map(text).collect();
        assert_eq!(found, ["1", "<2"]);
    }
}
