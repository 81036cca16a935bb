"""The vendor's own Python library, unmodified, against the pretend HubSpot."""

import datetime
import time
import unittest

from hubspot import HubSpot
from hubspot.crm import associations, contacts, properties
from hubspot.crm.associations import v4
from urllib3 import Retry

from sandbox import CLIENT_ID, CLIENT_SECRET, NARROW_TOKEN, REFRESH_TOKEN, TOKEN, Sandbox

sandbox = None


def client(token=TOKEN, retry=None):
    return HubSpot(access_token=token, host=sandbox.url, retry=retry)


def setUpModule():
    global sandbox
    sandbox = Sandbox()


def tearDownModule():
    sandbox.stop()


class Suite(unittest.TestCase):
    def setUp(self):
        self.hs = client()
        self.contacts = self.hs.crm.contacts
        self.addCleanup(sandbox.mend)

    def refused(self, status, call, *args, **kwargs):
        with self.assertRaises(Exception) as caught:
            call(*args, **kwargs)
        self.assertEqual(caught.exception.status, status)
        return caught.exception.body


class Reading(Suite):
    def test_get_all_walks_every_page_and_meets_nobody_twice(self):
        everyone = self.contacts.get_all(properties=["email"])
        self.assertEqual(len(everyone), 127)
        self.assertEqual(len({contact.id for contact in everyone}), 127)
        self.assertIsInstance(everyone[0].created_at, datetime.datetime)

    def test_archived_records_are_listed_only_when_asked(self):
        page = self.contacts.basic_api.get_page(archived=True)
        self.assertEqual([contact.id for contact in page.results], ["1040", "1080", "1120"])
        self.assertIsNotNone(page.results[0].archived_at)

    def test_one_record_shows_history_and_associations(self):
        ben = self.contacts.basic_api.get_by_id(
            "1001",
            properties=["tier"],
            properties_with_history=["lifecyclestage"],
            associations=["companies"],
        )
        self.assertIsNone(ben.properties["tier"])
        history = ben.properties_with_history["lifecyclestage"]
        self.assertEqual([version.value for version in history], ["lead", "subscriber"])
        self.assertEqual(history[0].source_id, "userId:9586504")
        self.assertEqual(ben.associations["companies"].results[0].id, "501")

    def test_a_batch_by_email_has_history_and_tells_what_is_missing(self):
        request = contacts.BatchReadInputSimplePublicObjectId(
            id_property="email",
            inputs=[{"id": "ben.brandt1@example.com"}, {"id": "ada.old@example.com"}, {"id": "no@example.com"}],
            properties=["email"],
            properties_with_history=["lifecyclestage"],
        )
        answer, status, _ = self.contacts.batch_api.read_with_http_info(request)
        self.assertEqual(status, 207)
        self.assertEqual({contact.id for contact in answer.results}, {"1001", "1010"})
        # The library knows only the model of success here; the failures are in the raw answer.
        raw = self.contacts.batch_api.read(request, _preload_content=False)
        self.assertIn(b'"ids":["no@example.com"]', raw.data.replace(b" ", b""))

    def test_a_batch_without_errors_is_a_plain_batch(self):
        request = contacts.BatchReadInputSimplePublicObjectId(
            inputs=[{"id": "1001"}], properties=["email"], properties_with_history=[]
        )
        answer, status, _ = self.contacts.batch_api.read_with_http_info(request)
        self.assertEqual((status, answer.status), (200, "COMPLETE"))
        self.assertIsInstance(answer.started_at, datetime.datetime)

    def test_a_merged_away_id_leads_to_the_survivor(self):
        self.assertEqual(self.contacts.basic_api.get_by_id("900").id, "1003")

    def test_engagements_are_objects(self):
        page = self.hs.crm.objects.calls.basic_api.get_page(properties=["hs_call_duration"])
        self.assertEqual(page.results[0].properties["hs_call_duration"], "63000")


class Searching(Suite):
    def setUp(self):
        super().setUp()
        # Five searches a second are allowed, and this library does not wait by itself.
        time.sleep(1)

    def search(self, **request):
        return self.contacts.search_api.do_search(contacts.PublicObjectSearchRequest(**request))

    def test_filters_sorts_and_pages(self):
        customers = [{"filters": [{"propertyName": "lifecyclestage", "operator": "EQ", "value": "customer"}]}]
        first = self.search(filter_groups=customers, sorts=["-hubspotscore"], limit=20, properties=["hubspotscore"])
        self.assertEqual(first.total, 26)
        self.assertEqual(first.results[0].properties["hubspotscore"], "129")
        second = self.search(filter_groups=customers, sorts=["-hubspotscore"], limit=20, after=first.paging.next.after)
        self.assertEqual(len(second.results), 6)
        self.assertIsNone(second.paging)

    def test_a_walk_by_id_reaches_everyone(self):
        seen, last = [], "0"
        while True:
            page = self.search(
                filter_groups=[{"filters": [{"propertyName": "hs_object_id", "operator": "GT", "value": last}]}],
                sorts=["hs_object_id"],
                limit=50,
            )
            seen += [contact.id for contact in page.results]
            if not page.results:
                break
            last = seen[-1]
            time.sleep(0.25)
        self.assertEqual(len(seen), 127)
        self.assertEqual(seen, sorted(seen, key=int))

    def test_a_query_looks_at_names_and_addresses(self):
        self.assertEqual(self.search(query="ada.old@example.com").results[0].id, "1010")

    def test_nothing_is_paged_beyond_ten_thousand(self):
        self.refused(400, self.search, limit=100, after="9950")


class Writing(Suite):
    def test_creates_changes_and_archives(self):
        created = self.contacts.basic_api.create(
            contacts.SimplePublicObjectInputForCreate(
                properties={"email": "Paula@Example.com", "lifecyclestage": "lead"},
                associations=[
                    {"to": {"id": "501"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]}
                ],
            )
        )
        self.assertEqual(created.properties["email"], "paula@example.com")
        changes = contacts.SimplePublicObjectInput(properties={"lifecyclestage": "customer"})
        changed = self.contacts.basic_api.update(created.id, changes)
        self.assertEqual(changed.properties["lifecyclestage"], "customer")
        read = self.contacts.basic_api.get_by_id(created.id, properties_with_history=["lifecyclestage"])
        history = read.properties_with_history["lifecyclestage"]
        self.assertEqual([version.value for version in history], ["customer", "lead"])
        self.contacts.basic_api.archive(created.id)
        self.refused(404, self.contacts.basic_api.get_by_id, created.id)

    def test_writes_batches(self):
        created = self.contacts.batch_api.create(
            contacts.BatchInputSimplePublicObjectBatchInputForCreate(
                inputs=[{"properties": {"email": f"py{n}@example.com"}, "associations": []} for n in (1, 2)]
            )
        )
        ids = [contact.id for contact in created.results]
        updated = self.contacts.batch_api.update(
            contacts.BatchInputSimplePublicObjectBatchInput(
                inputs=[{"id": id, "properties": {"firstname": "Py"}} for id in ids]
            )
        )
        self.assertEqual([contact.properties["firstname"] for contact in updated.results], ["Py", "Py"])
        upserted = self.contacts.batch_api.upsert(
            contacts.BatchInputSimplePublicObjectBatchInputUpsert(
                inputs=[
                    {"id": f"py{n}@example.com", "idProperty": "email", "properties": {"lastname": "Up"}}
                    for n in (1, 3)
                ]
            )
        )
        self.assertEqual([contact.new for contact in upserted.results], [False, True])
        self.contacts.batch_api.archive(
            contacts.BatchInputSimplePublicObjectId(
                inputs=[{"id": id} for id in {*ids, *(contact.id for contact in upserted.results)}]
            )
        )

    def test_merges_into_a_new_id(self):
        pair = [
            self.contacts.basic_api.create(
                contacts.SimplePublicObjectInputForCreate(properties={"email": f"merge{n}@example.com"}, associations=[])
            ).id
            for n in (1, 2)
        ]
        merged = self.contacts.basic_api.merge(
            contacts.PublicMergeInput(primary_object_id=pair[0], object_id_to_merge=pair[1])
        )
        self.assertNotIn(merged.id, pair)
        for id in pair:
            survivor = self.contacts.basic_api.get_by_id(id, properties=["hs_merged_object_ids"])
            self.assertEqual(survivor.id, merged.id)
            self.assertEqual(survivor.properties["hs_merged_object_ids"], ";".join(pair))
        self.contacts.basic_api.archive(merged.id)


class Associations(Suite):
    def test_one_record_with_labels(self):
        page = self.hs.crm.associations.v4.basic_api.get_page("contacts", "1001", "companies")
        self.assertEqual(page.results[0].to_object_id, "501")
        kinds = [(kind.type_id, kind.label) for kind in page.results[0].association_types]
        self.assertEqual(kinds, [(279, None), (1, "Primary")])

    def test_a_batch(self):
        request = v4.BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": "1001"}, {"id": "1002"}])
        answer = self.hs.crm.associations.v4.batch_api.get_page("contacts", "companies", request)
        self.assertEqual([len(result.to) for result in answer.results], [1, 2])

    def test_the_older_batch(self):
        request = associations.BatchInputPublicObjectId(inputs=[{"id": "1001"}])
        answer = self.hs.crm.associations.batch_api.read("contacts", "companies", request)
        self.assertEqual(answer.results[0].to[0].id, "501")


class Settings(Suite):
    def test_owners_are_listed_and_those_who_left_apart(self):
        owners = self.hs.crm.owners.owners_api.get_page().results
        self.assertEqual([owner.type for owner in owners], ["PERSON", "QUEUE"])
        left = self.hs.crm.owners.owners_api.get_page(archived=True).results
        self.assertIsNone(left[0].user_id)

    def test_pipelines_have_stages(self):
        pipeline = self.hs.crm.pipelines.pipelines_api.get_all("deals").results[0]
        stages = {stage.id: stage.metadata for stage in pipeline.stages}
        self.assertEqual(stages["closedlost"], {"probability": "0.0", "isClosed": "true"})

    def test_properties_are_listed_and_made(self):
        names = {prop.name: prop for prop in self.hs.crm.properties.core_api.get_all("contacts").results}
        self.assertEqual(names["createdate"].type, "datetime")
        self.assertEqual([option.value for option in names["tier"].options], ["gold", "silver"])
        new = properties.PropertyCreate(
            name="medal", label="Medal", type="string", field_type="text", group_name="contactinformation"
        )
        self.assertEqual(self.hs.crm.properties.core_api.create("contacts", new).name, "medal")
        self.refused(409, self.hs.crm.properties.core_api.create, "contacts", new)
        self.hs.crm.properties.core_api.archive("contacts", "medal")

    def test_lists_have_members(self):
        page = self.hs.crm.lists.memberships_api.get_page("11")
        self.assertEqual([member.record_id for member in page.results], ["1001", "1002"])

    def test_forms_are_listed(self):
        self.assertEqual(self.hs.marketing.forms.forms_api.get_page().results[0].name, "Newsletter")


class Failures(Suite):
    def test_a_rate_limit_is_retried_by_the_library(self):
        retry = Retry(total=3, status_forcelist=(429, 502, 504), allowed_methods=None, backoff_factor=0.1)
        for code in ("TEN_SECONDLY_ROLLING", "SECONDLY"):
            sandbox.forget_calls()
            sandbox.fault({"kind": "rate_limited", "code": code, "times": 2})
            self.assertEqual(client(retry=retry).crm.contacts.basic_api.get_by_id("1001").id, "1001")
            self.assertEqual(sandbox.calls()["total"], 3)

    def test_without_retries_a_rate_limit_is_an_exception(self):
        sandbox.fault({"kind": "rate_limited", "times": 1})
        body = self.refused(429, self.contacts.basic_api.get_by_id, "1001")
        self.assertIn("TEN_SECONDLY_ROLLING", body)

    def test_each_refusal_has_its_status(self):
        self.refused(404, self.contacts.basic_api.get_by_id, "9999999")
        new = lambda **values: contacts.SimplePublicObjectInputForCreate(properties=values, associations=[])
        taken = self.refused(409, self.contacts.basic_api.create, new(email="ben.brandt1@example.com"))
        self.assertIn("Existing ID: 1001", taken)
        self.refused(400, self.contacts.basic_api.create, new(email="x@example.com", nope="1"))
        self.refused(401, client("pat-na1-nobody").crm.contacts.basic_api.get_by_id, "1001")
        forbidden = self.refused(403, client(NARROW_TOKEN).crm.companies.basic_api.get_by_id, "501")
        self.assertIn("MISSING_SCOPES", forbidden)

    def test_a_token_is_refreshed_after_it_expired(self):
        refresh = lambda: HubSpot(host=sandbox.url).oauth.tokens_api.create(
            grant_type="refresh_token",
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            refresh_token=REFRESH_TOKEN,
        )
        first = refresh()
        self.assertEqual(first.expires_in, 1800)
        user = client(first.access_token)
        self.assertEqual(user.crm.contacts.basic_api.get_by_id("1001").id, "1001")
        sandbox.fault({"kind": "expire_tokens_in_use"})
        body = self.refused(401, user.crm.contacts.basic_api.get_by_id, "1001")
        self.assertIn("EXPIRED_AUTHENTICATION", body)
        user.access_token = refresh().access_token
        self.assertEqual(user.crm.contacts.basic_api.get_by_id("1001").id, "1001")


if __name__ == "__main__":
    unittest.main()
