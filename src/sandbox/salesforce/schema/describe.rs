//! The schema as `sobjects` and `sobjects/X/describe` print it.

use serde_json::{Value as Json, json};

use super::{Field, Kind, Object, Schema};

/// One line of the global describe.
pub(in super::super) fn summary(object: &Object, version: &str) -> Json {
    let base = format!("/services/data/v{version}/sobjects/{}", object.name);
    json!({
        "name": object.name, "label": object.label, "labelPlural": object.plural,
        "keyPrefix": object.prefix, "custom": false, "customSetting": false, "activateable": false,
        "queryable": true, "createable": object.createable, "updateable": object.updateable,
        "deletable": object.deletable, "undeletable": object.deletable, "retrieveable": true,
        "searchable": object.createable, "replicateable": true, "triggerable": object.createable,
        "mergeable": matches!(object.name.as_str(), "Lead" | "Contact" | "Account"),
        "layoutable": object.createable, "feedEnabled": false, "mruEnabled": object.createable,
        "hasSubtypes": false, "isSubtype": false, "deprecatedAndHidden": false,
        "urls": {
            "sobject": base, "describe": format!("{base}/describe"), "rowTemplate": format!("{base}/{{ID}}"),
        },
    })
}

/// The whole description of one object.
pub(in super::super) fn describe(schema: &Schema, object: &Object, version: &str) -> Json {
    let mut whole = summary(object, version);
    whole["fields"] = object.fields.iter().map(|field| field_entry(schema, field)).collect();
    whole["childRelationships"] = object
        .children
        .iter()
        .map(|child| {
            let of = &schema.objects[child.object];
            json!({
                "childSObject": of.name, "field": of.fields[child.field].name,
                "relationshipName": child.name, "cascadeDelete": !of.createable,
                "deprecatedAndHidden": false, "junctionIdListNames": [], "junctionReferenceTo": [],
                "restrictedDelete": false,
            })
        })
        .collect();
    whole["recordTypeInfos"] = json!([{
        "active": true, "available": true, "defaultRecordTypeMapping": true, "developerName": "Master",
        "master": true, "name": "Master", "recordTypeId": "012000000000000AAA", "urls": {},
    }]);
    whole["namedLayoutInfos"] = json!([]);
    whole["supportedScopes"] = json!([{ "label": "All", "name": "everything" }]);
    whole
}

fn field_entry(schema: &Schema, field: &Field) -> Json {
    let reference = field.reference.as_ref();
    let targets: Vec<&str> = reference
        .map_or(Vec::new(), |to| to.targets.iter().map(|no| schema.objects[*no].name.as_str()).collect());
    let number = field.kind.is_number();
    let mut entry = json!({
        "name": field.name, "label": field.label, "type": field.kind.word(), "soapType": soap_type(field.kind),
        "length": field.length, "byteLength": field.length * 3,
        "precision": if number && field.kind != Kind::Int { 18 } else { 0 },
        "scale": if number && field.kind != Kind::Int { 2 } else { 0 },
        "digits": if field.kind == Kind::Int { 8 } else { 0 },
        "custom": field.custom, "nillable": nillable(field),
        "createable": field.createable, "updateable": field.updateable,
        "defaultedOnCreate": field.defaulted || field.kind == Kind::Boolean, "defaultValue": default_value(field),
        "calculated": field.formula.is_some(),
        "calculatedFormula": field.formula.as_ref().map(|formula| &formula.text),
        "autoNumber": false, "unique": field.external,
        "externalId": field.external, "idLookup": field.lookup, "nameField": field.naming,
        "filterable": field.filterable(), "sortable": field.filterable(), "groupable": groupable(field),
        "aggregatable": field.filterable(), "caseSensitive": false, "cascadeDelete": false,
        "restrictedPicklist": field.restricted, "dependentPicklist": false, "controllerName": null,
    });
    let rest = json!({
        "picklistValues": field.picklist.iter().map(|choice| json!({
            "active": true, "defaultValue": choice.default, "label": choice.value, "value": choice.value,
            "validFor": null,
        })).collect::<Vec<_>>(),
        "referenceTo": targets, "relationshipName": reference.map(|to| &to.relationship),
        "relationshipOrder": null, "polymorphicForeignKey": targets.len() > 1,
        "compoundFieldName": null, "encrypted": false, "deprecatedAndHidden": false,
        "permissionable": !field.required && field.createable, "inlineHelpText": null, "htmlFormatted": false,
        "namePointing": targets.len() > 1, "queryByDistance": false, "restrictedDelete": false,
        "writeRequiresMasterRead": false, "displayLocationInDecimal": false, "mask": null, "maskType": null,
        "extraTypeInfo": null, "formulaTreatNullNumberAsZero": false, "highScaleNumber": false,
        "referenceTargetField": null, "filteredLookupInfo": null, "aiPredictionField": false,
    });
    if let (Some(entry), Json::Object(rest)) = (entry.as_object_mut(), rest) {
        entry.extend(rest);
    }
    entry
}

fn nillable(field: &Field) -> bool {
    let audit = matches!(
        field.name.as_str(),
        "CreatedDate"
            | "LastModifiedDate"
            | "SystemModstamp"
            | "CreatedById"
            | "LastModifiedById"
            | "OwnerId"
    );
    !(field.required || audit || matches!(field.kind, Kind::Id | Kind::Boolean))
}

fn default_value(field: &Field) -> Json {
    match field.picklist.iter().find(|choice| choice.default) {
        Some(choice) if field.defaulted => json!(choice.value),
        _ if field.kind == Kind::Boolean && field.createable => json!(false),
        _ => Json::Null,
    }
}

fn groupable(field: &Field) -> bool {
    field.filterable()
        && !matches!(field.kind, Kind::DateTime | Kind::Currency | Kind::Double | Kind::Percent)
}

fn soap_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Reference => "tns:ID",
        Kind::Boolean => "xsd:boolean",
        Kind::Int => "xsd:int",
        Kind::Double | Kind::Currency | Kind::Percent => "xsd:double",
        Kind::Date => "xsd:date",
        Kind::DateTime => "xsd:dateTime",
        Kind::Address => "urn:address",
        Kind::Any => "xsd:anyType",
        _ => "xsd:string",
    }
}
