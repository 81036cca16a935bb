// The questions of the pipeline view, made of the words the caller's view has: what a view hides is never asked for.

import { session } from "/session.js";

// Fields of a type as far as the view has them, each named by its first word.
function fields(type, ...wanted) {
  return wanted.filter((one) => session.has(type, one.match(/\w+/)[0])).join(" ");
}

export function asks(kind) {
  return session.has("Query", "metrics") && session.has("MetricKind", kind);
}

const FIGURE = `kind method unit value status numerator denominator sample median p90 target
  period { start end } asOf timeZone currency formula
  variant { name value } parts { name value unit } warnings { code message count examples }`;

export const figures = () => `query Pipeline($inputs: [MetricInput!]!) {
  metrics(inputs: $inputs) { ${FIGURE} }
}`;

export const cohorts = () => `query Cohorts($input: MetricInput!, $bucket: Bucket!) {
  metric(input: $input) { ${FIGURE} series(bucket: $bucket) { start end value status numerator denominator sample } }
}`;

export const attribution = () => `query Attribution($input: MetricInput!) {
  metric(input: $input) {
    ${FIGURE}
    agreement { key model effectiveFrom lockedUntil }
    by(dimension: CHANNEL) { key label value status sample denominator parts { name value unit } }
  }
}`;

export const agreements = () => `query Agreements {
  attributionAgreements { key model status }
}`;

export const sources = () => `query Sources {
  now
  sources {
    ${fields("SourceStatus", "health", "freshAsOf", "quotaRemaining", "message")}
    source { name label system side }
    ${fields("SourceStatus", "capture { stream rows total rowsPerSecond secondsLeft caughtUp freshAsOf message }")}
  }
}`;

const RECORDS = () => `records { ${fields("SourceRecord", "object", "externalId", "url", "source { label }")} }`;
const PERSON = () => fields("Person", "id", "displayName", "email", RECORDS());
const CREDITS = `attribution MODEL {
        credits { amount { amount currency } touchpoint { occurredAt channel } }
        unattributed { amount currency }
      }`;

// One number with all that is known of it, and a page of the records behind it; with the credits of each opportunity
// where a number credits revenue to touches.
export function number(model) {
  const credits = session.has("AttributionCredit", "touchpoint") && model !== undefined;
  const divided = credits ? [CREDITS.replace(" MODEL", model ? `(model: ${model})` : "")] : [];
  const deal = fields("Opportunity", "id", "name", "stageCategory", "closeDate", "amount { amount currency }");
  const more = fields("Opportunity", "account { name }", RECORDS(), ...divided);
  const pass = fields("FunnelPass", "id", "number", "outcome", `person { ${PERSON()} }`);
  return `query Number($input: MetricInput!, $first: Int!, $after: String) {
  metric(input: $input) {
    ${FIGURE}
    contributors(first: $first, after: $after) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        __typename
        ... on Person { ${PERSON()} }
        ... on FunnelPass { ${pass} }
        ... on Opportunity {
          ${deal}
          ${more}
        }
      }
    }
  }
}`;
}

// One record by its id.
export function record(kind) {
  const known = {
    Person: ["id", "displayName", "email", "lifecycleStage", "account { name }", RECORDS()],
    Opportunity: ["id", "name", "stageCategory", "closeDate", "amount { amount currency }", "account { name }", RECORDS()],
  };
  const shown = known[kind].filter((one) => session.has(kind, one.match(/\w+/)[0]));
  return `query Record($id: ID!) {
  node(id: $id) {
    ... on ${kind} {
      ${shown.join("\n      ")}
    }
  }
}`;
}
