"""A labelled set described in Croissant, so that search engines and loaders know what is in it.

Croissant is MLCommons' JSON-LD vocabulary for datasets, version 1.0; `mlcroissant` reads it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from learn.labels.labelled_set import LabelledDataset
from learn.labels.parquet import PICTURE
from learn.labels.types import TYPES

CROISSANT_FILE = "croissant.json"
LABEL = "label"  # column of judgements: an answer's own label, where it names classes

# What the columns of labels.csv and labels.parquet say.
COLUMNS = {
    "image": "row of the mixed image, from 0, as in labels.npz",
    "class_i": "class of endpoint image i",
    "image_i": "id of endpoint image i in its source",
    "class_j": "class of endpoint image j",
    "image_j": "id of endpoint image j in its source",
    "lambda_f": "share of image i in the mix, 0 to 1",
    "box": "part of the mix that shows image j, x1 y1 x2 y2 in px; x2 and y2 are not in it",
    "n": "judgements of the mixed image",
    "named_third": "share of them that name a class which is not in the mix, 0 to 1",
    "mean_lambda_g": "mean share of class i that people saw, 0 to 1",
    "sd_lambda_g": "standard deviation of lambda_g (divided by n)",
    "mean_omega": "mean confidence, 0 to 1; blank where it was not asked",
    "hmix_lambda_g": "mean of omega * lambda_g, as H-Mix's authors weighted it",
    "weighted_lambda_g": "sum(omega * lambda_g) / sum(omega)",
    "policy_lambda_g": "lambda_g that the label policy predicts",
    "posterior_lambda_g": "lambda_g of policy and raters together (empirical Bayes)",
    "posterior_sd": "posterior standard deviation of posterior_lambda_g",
    "posterior_omega": "1 - sqrt(12) * posterior_sd: 0 where nothing is known",
    "posterior_n": "raters behind posterior_lambda_g",
    PICTURE: "the mixed image",
}
JUDGEMENT_COLUMNS = {
    "image": "row of the mixed image, from 0",
    "participant": "number of the participant, which holds only here",
    "repeat": "whether the participant judged the image a second time",
    "lambda_g": "share of class i that the participant saw, 0 to 1",
    "omega": "the participant's confidence, 0 to 1; blank where it was not asked",
    "chosen_1": "the class that the participant called the most probable",
    "share_1": "its probability, 0 to 1",
    "chosen_2": "the alternative; blank where there is none",
    "share_2": "its probability, 0 to 1; blank where none was given",
    "excluded": "classes definitely not in the image, with / between them",
    "class_order": "classes offered, in the order on screen, with / between them",
    LABEL: "soft label of the answer, by the rule top-2 clamp with redistribution 0.1",
}
_FORMATS = {
    "csv": "text/csv",
    "parquet": "application/x-parquet",
    "npz": "application/zip",
    "md": "text/markdown",
}
_DATA_TYPES = {"int64": "sc:Integer", "bool": "sc:Boolean", "float64": "sc:Float"}
# The vocabulary's own terms; Croissant 1.0 wants all of them named.
_TERMS = (
    *("citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty"),
    *("fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField"),
    *("path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate"),
    *("separator", "source", "subField", "transform"),
)
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS},
}


def describe(labelled: LabelledDataset, files: Mapping[str, bytes]) -> str:
    """Return the description of a set and its files as JSON-LD.

    Args:
        labelled: the set.
        files: name and content of each file beside the description.
    """
    tables = [("blends", "labels.parquet", list(_blend_fields(labelled)))]
    if labelled.judgements is not None:
        tables.append(("judgements", "judgements.parquet", list(_judgement_fields(labelled))))
    content = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "labelled-mixed-images",
        "description": (
            f"{len(labelled.percepts)} images, each a mix of two of {labelled.endpoints} endpoint "
            f"images from {labelled.source}, with soft labels over {len(labelled.classes)} "
            f"classes: {', '.join(labelled.classes)}. README.md says how they were made."
        ),
        "distribution": [_file(name, content) for name, content in files.items()],
        "recordSet": [_record_set(*table) for table in tables],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _blend_fields(labelled: LabelledDataset) -> Iterator[tuple[str, str, str]]:
    """Yield name, description and data type of each column of labels.parquet."""
    yield "image", COLUMNS["image"], "sc:Integer"
    yield PICTURE, COLUMNS[PICTURE], "sc:ImageObject"
    for name in map(str, labelled.percepts):
        yield name, COLUMNS[name], _data_type(labelled.percepts[name])
    for name in labelled.labels:
        yield name, f"soft label: {TYPES[name].formula}", "list"


def _judgement_fields(labelled: LabelledDataset) -> Iterator[tuple[str, str, str]]:
    assert labelled.judgements is not None
    for name in map(str, labelled.judgements):
        yield name, JUDGEMENT_COLUMNS[name], _data_type(labelled.judgements[name])
    if labelled.judgement_labels is not None:
        yield LABEL, JUDGEMENT_COLUMNS[LABEL], "list"


def _data_type(column: pd.Series[Any]) -> str:
    return _DATA_TYPES.get(str(column.dtype), "sc:Text")


def _file(name: str, content: bytes) -> dict[str, str]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "encodingFormat": _FORMATS[name.rpartition(".")[2]],
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _record_set(name: str, file: str, fields: list[tuple[str, str, str]]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "field": [_field(name, file, *field) for field in fields],
    }


def _field(table: str, file: str, column: str, description: str, kind: str) -> dict[str, Any]:
    source: dict[str, Any] = {"fileObject": {"@id": file}, "extract": {"column": column}}
    if kind == "sc:ImageObject":
        source["transform"] = {"jsonPath": "bytes"}
    field = {
        "@type": "cr:Field",
        "@id": f"{table}/{column}",
        "name": column,
        "description": description,
        "dataType": "sc:Float" if kind == "list" else kind,
        "source": source,
    }
    return field | ({"repeated": True} if kind == "list" else {})
