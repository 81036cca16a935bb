// What a frontend team writes: a question, a client, and types nobody typed.
import { GraphQLClient } from 'graphql-request';
import { graphql } from './generated/client/index.js';
import type { LifecycleStage } from './generated/client/graphql.js';

const People = graphql(`
  query PeopleOfTwoVendors($emails: [EmailAddress!]!) {
    peopleByEmail(emails: $emails) {
      id
      displayName
      lifecycleStage
      records {
        object
        source {
          label
        }
      }
      history(first: 5) {
        nodes {
          __typename
          occurredAt
          ... on FieldChange {
            field
          }
        }
      }
    }
  }
`);

export interface Row {
  name: string | null | undefined;
  stage: LifecycleStage | null | undefined;
  sources: string[];
}

export async function people(url: string, token: string, emails: string[]): Promise<Row[]> {
  const client = new GraphQLClient(url, { headers: { authorization: `Bearer ${token}` } });
  const { peopleByEmail } = await client.request(People, { emails });
  return peopleByEmail.flatMap((person) =>
    person
      ? [
          {
            name: person.displayName,
            stage: person.lifecycleStage,
            sources: person.records.map((record) => record.source.label),
          },
        ]
      : [],
  );
}
