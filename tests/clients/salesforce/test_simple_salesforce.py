"""What PyPI simple-salesforce does with the pretend Salesforce, unmodified."""

import datetime
import re
import unittest

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce, SFType, format_soql
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from start import Sandbox

VERSION = "65.0"


class Loopback(HTTPAdapter):
    """The library speaks only https to hosts it names itself: send all of it to the sandbox."""

    def __init__(self, url):
        super().__init__()
        self._url = url

    def send(self, request, **options):
        request.url = re.sub(r"^https://[^/]+", self._url, request.url)
        return super().send(request, **options)


class Suite(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)
        cls.url = cls.sandbox.sandboxes["salesforce"]["url"]
        cls.us = cls.sandbox.credentials["salesforce"]
        cls.sf = cls.log_in()

    @classmethod
    def session(cls):
        session = requests.Session()
        session.mount("https://", Loopback(cls.url))
        return session

    @classmethod
    def log_in(cls, **more):
        options = {
            "consumer_key": cls.us["client_id"],
            "consumer_secret": cls.us["client_secret"],
            "domain": "acme.my",
            "session": cls.session(),
            "version": VERSION,
        }
        return Salesforce(**{**options, **more})

    def tearDown(self):
        self.sandbox.faults("salesforce")

    def refused(self, exception, code):
        suite = self

        class Context:
            def __enter__(self):
                return self

            def __exit__(self, kind, error, _):
                suite.assertIsNotNone(error, f"{code} was expected")
                suite.assertIsInstance(error, exception)
                suite.assertEqual(error.content[0]["errorCode"], code)
                return True

        return Context()

    @staticmethod
    def lead(**more):
        return {"LastName": "Suite", "Company": "Suite Ltd", **more}


class LoggingIn(Suite):
    def test_client_credentials_in_a_basic_header(self):
        self.assertEqual(len(self.sf.query("SELECT Id FROM User LIMIT 1")["records"]), 1)

    def test_a_signed_assertion_whose_expiry_is_text(self):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        sf = self.log_in(consumer_secret=None, username=self.us["username"], privatekey=pem, domain="login")
        self.assertEqual(len(sf.query("SELECT Id FROM User LIMIT 1")["records"]), 1)

    def test_a_user_name_and_a_password_over_soap(self):
        options = {"session": self.session(), "version": VERSION, "security_token": ""}
        sf = Salesforce(username=self.us["username"], password=self.us["password"], **options)
        self.assertEqual(len(sf.query("SELECT Id FROM User LIMIT 1")["records"]), 1)
        with self.assertRaises(SalesforceAuthenticationFailed) as caught:
            Salesforce(username=self.us["username"], password="no", **options)
        self.assertEqual(caught.exception.code, "INVALID_LOGIN")

    def test_a_wrong_secret(self):
        with self.assertRaises(SalesforceAuthenticationFailed) as caught:
            self.log_in(consumer_secret="no")
        self.assertEqual(caught.exception.code, "invalid_client")

    def test_an_assertion_for_nobody(self):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with self.assertRaises(SalesforceAuthenticationFailed) as caught:
            self.log_in(consumer_secret=None, username="nobody@nowhere.example", privatekey=pem, domain="login")
        self.assertEqual(caught.exception.code, "invalid_grant")

    def test_an_expired_session_is_renewed_and_the_call_repeated(self):
        sf = self.log_in()
        sf.query("SELECT Id FROM User LIMIT 1")
        before = sf.session_id
        self.sandbox.faults("salesforce", {"kind": "expire_tokens_in_use"})
        self.assertEqual(len(sf.query("SELECT Id FROM User LIMIT 1")["records"]), 1)
        self.assertNotEqual(sf.session_id, before)

    def test_a_session_id_of_ones_own_expires(self):
        sf = Salesforce(session_id="00D!no", instance_url=self.url, session=self.session(), version=VERSION)
        with self.refused(SalesforceExpiredSession, "INVALID_SESSION_ID"):
            sf.query("SELECT Id FROM User")


class Queries(Suite):
    def test_every_page_is_read(self):
        total = self.sf.query("SELECT COUNT() FROM LeadHistory")["totalSize"]
        self.assertGreater(total, 2000)
        first = self.sf.query("SELECT Id FROM LeadHistory")
        self.assertFalse(first["done"])
        more = self.sf.query_more(first["nextRecordsUrl"], identifier_is_url=True)
        self.assertNotEqual(first["records"][0]["Id"], more["records"][0]["Id"])
        everything = self.sf.query_all("SELECT Id, CreatedDate FROM LeadHistory")
        self.assertEqual(len({record["Id"] for record in everything["records"]}), total)

    def test_deleted_rows_are_read_when_asked_for(self):
        statement = "SELECT Id FROM Contact WHERE IsDeleted = true"
        self.assertEqual(self.sf.query(statement)["totalSize"], 0)
        rows = list(self.sf.query_all_iter(statement, include_deleted=True))
        self.assertGreater(len(rows), 0)

    def test_values_are_quoted_by_the_library(self):
        name = "O'Brien \"\\ %_"
        made = self.sf.Lead.create(self.lead(LastName=name))
        found = self.sf.query(format_soql("SELECT Id FROM Lead WHERE LastName = {}", name))
        self.assertEqual([record["Id"] for record in found["records"]], [made["id"]])
        like = self.sf.query(format_soql("SELECT Id FROM Lead WHERE LastName LIKE '{:like}%'", name))
        self.assertEqual(like["totalSize"], 1)
        since = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)
        dated = format_soql("SELECT COUNT() FROM Lead WHERE CreatedDate > {}", since)
        self.assertGreater(self.sf.query(dated)["totalSize"], 0)

    def test_mistakes_are_malformed_requests(self):
        for statement, code in [
            ("SELECT Id FROM Lead WHERE", "MALFORMED_QUERY"),
            ("SELECT Nope FROM Lead", "INVALID_FIELD"),
            ("SELECT Id FROM Nope", "INVALID_TYPE"),
            ("SELECT Id FROM Lead WHERE IsConverted > true", "INVALID_QUERY_FILTER_OPERATOR"),
        ]:
            with self.subTest(statement), self.refused(SalesforceMalformedRequest, code):
                self.sf.query(statement)
        with self.refused(SalesforceMalformedRequest, "INVALID_QUERY_LOCATOR"):
            self.sf.query_more("01g000000000000AAA-2000")

    def test_the_limit_of_the_day_is_a_refused_request(self):
        self.sandbox.faults("salesforce", {"kind": "rate_limited", "times": 1})
        with self.refused(SalesforceRefusedRequest, "REQUEST_LIMIT_EXCEEDED"):
            self.sf.query("SELECT Id FROM Lead")

    def test_a_broken_vendor_is_a_general_error(self):
        self.sandbox.faults("salesforce", {"kind": "status", "status": 500, "times": 1})
        with self.refused(SalesforceGeneralError, "UNKNOWN_EXCEPTION"):
            self.sf.query("SELECT Id FROM Lead")


class Metadata(Suite):
    def test_describe(self):
        names = {entry["name"] for entry in self.sf.describe()["sobjects"]}
        self.assertLessEqual({"Lead", "Contact", "Account", "Opportunity", "LeadHistory"}, names)
        fields = {field["name"]: field for field in self.sf.Lead.describe()["fields"]}
        self.assertEqual(fields["Id"]["type"], "id")
        self.assertTrue(fields["Company"]["createable"] and not fields["Company"]["nillable"])
        self.assertEqual(self.sf.Lead.metadata()["objectDescribe"]["keyPrefix"], "00Q")
        with self.refused(SalesforceResourceNotFound, "NOT_FOUND"):
            self.sf.Nope.describe()

    def test_limits_and_usage(self):
        limits = self.sf.limits()
        self.assertLess(limits["DailyApiRequests"]["Remaining"], limits["DailyApiRequests"]["Max"])
        usage = self.sf.api_usage["api-usage"]
        self.assertEqual(usage.total, limits["DailyApiRequests"]["Max"])

    def test_who_am_i(self):
        self.assertEqual(self.sf.oauth2("userinfo")["preferred_username"], self.us["username"])


class Rows(Suite):
    def test_one_is_made_read_changed_and_deleted(self):
        made = self.sf.Contact.create({"LastName": "Row", "Email": "row@example.com"})
        self.assertTrue(made["success"])
        self.assertEqual(self.sf.Contact.get(made["id"])["Email"], "row@example.com")
        self.assertEqual(self.sf.Contact.update(made["id"], {"Title": "Buyer"}), 204)
        history = self.sf.query(f"SELECT Field, NewValue FROM ContactHistory WHERE ContactId = '{made['id']}'")
        self.assertIn(("Title", "Buyer"), [(row["Field"], row["NewValue"]) for row in history["records"]])
        self.assertEqual(self.sf.Contact.delete(made["id"]), 204)
        with self.refused(SalesforceResourceNotFound, "NOT_FOUND"):
            self.sf.Contact.get(made["id"])
        with self.refused(SalesforceResourceNotFound, "ENTITY_IS_DELETED"):
            self.sf.Contact.update(made["id"], {"Title": "x"})

    def test_mistakes_are_malformed_requests(self):
        for body, code in [
            ({"FirstName": "x"}, "REQUIRED_FIELD_MISSING"),
            (self.lead(Email="nope"), "INVALID_EMAIL_ADDRESS"),
            (self.lead(Status="Nope"), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
            (self.lead(OwnerId="nope"), "MALFORMED_ID"),
            (self.lead(Nope="x"), "INVALID_FIELD"),
            (self.lead(NumberOfEmployees="many"), "JSON_PARSER_ERROR"),
        ]:
            with self.subTest(code), self.refused(SalesforceMalformedRequest, code):
                self.sf.Lead.create(body)
        converted = self.sf.query("SELECT Id FROM Lead WHERE IsConverted = true LIMIT 1")["records"][0]["Id"]
        with self.refused(SalesforceMalformedRequest, "CANNOT_UPDATE_CONVERTED_LEAD"):
            self.sf.Lead.update(converted, {"Title": "x"})

    def test_upsert_makes_then_changes_then_cannot_choose(self):
        self.assertEqual(self.sf.Lead.upsert("Email/up@example.com", self.lead()), 201)
        self.assertEqual(self.sf.Lead.upsert("Email/up@example.com", {"Title": "Buyer"}), 200)
        self.assertEqual(self.sf.Lead.get_by_custom_id("Email", "up@example.com")["Title"], "Buyer")
        self.sf.Lead.create(self.lead(Email="up@example.com"))
        with self.assertRaises(SalesforceMoreThanOneRecord):
            self.sf.Lead.get_by_custom_id("Email", "up@example.com")

    def test_a_type_of_its_own_works_without_a_log_in(self):
        lead = SFType("Lead", self.sf.session_id, self.sf.sf_instance, sf_version=VERSION, session=self.session())
        self.assertEqual(lead.describe()["name"], "Lead")

    def test_updated_and_deleted(self):
        made = self.sf.Lead.create(self.lead())
        gone = self.sf.Lead.create(self.lead())
        self.sf.Lead.delete(gone["id"])
        now = datetime.datetime.now(datetime.timezone.utc)
        span = (now - datetime.timedelta(hours=1), now + datetime.timedelta(minutes=2))
        self.assertIn(made["id"], self.sf.Lead.updated(*span)["ids"])
        deleted = self.sf.Lead.deleted(*span)["deletedRecords"]
        self.assertIn(gone["id"], [record["id"] for record in deleted])


class ManyAtOnce(Suite):
    def test_collections(self):
        body = {
            "allOrNone": False,
            "records": [{"attributes": {"type": "Lead"}, **self.lead()}, {"attributes": {"type": "Lead"}}],
        }
        made = self.sf.restful("composite/sobjects", method="POST", json=body)
        self.assertEqual([row["success"] for row in made], [True, False])
        self.assertEqual(made[1]["errors"][0]["statusCode"], "REQUIRED_FIELD_MISSING")
        ids = {"ids": [made[0]["id"], "00Qzzzzzzzzzzzz"], "fields": ["Name"]}
        read = self.sf.restful("composite/sobjects/Lead", method="POST", json=ids)
        self.assertEqual([row and row["Name"] for row in read], ["Suite", None])
        upsert = {"records": [{"attributes": {"type": "Lead"}, "Email": "many@example.com", **self.lead()}]}
        for created in (True, False):
            rows = self.sf.restful("composite/sobjects/Lead/Email", method="PATCH", json=upsert)
            self.assertEqual(rows[0]["created"], created)

    def test_composite(self):
        def part(reference, method, path, body=None):
            url = f"/services/data/v{VERSION}{path}"
            return {"referenceId": reference, "method": method, "url": url, "body": body}

        parts = [
            part("lead", "POST", "/sobjects/Lead", self.lead()),
            part("change", "PATCH", "/sobjects/Lead/@{lead.id}", {"Status": "Working - Contacted"}),
            part("task", "POST", "/sobjects/Task", {"WhoId": "@{lead.id}", "Subject": "Follow up"}),
        ]
        answer = self.sf.restful("composite", method="POST", json={"allOrNone": True, "compositeRequest": parts})
        self.assertEqual([row["httpStatusCode"] for row in answer["compositeResponse"]], [201, 204, 201])
        parts.append(part("broken", "POST", "/sobjects/Lead", {}))
        answer = self.sf.restful("composite", method="POST", json={"allOrNone": True, "compositeRequest": parts})
        codes = [row["body"][0]["errorCode"] for row in answer["compositeResponse"]]
        self.assertEqual(codes, ["PROCESSING_HALTED"] * 3 + ["REQUIRED_FIELD_MISSING"])


if __name__ == "__main__":
    unittest.main()
