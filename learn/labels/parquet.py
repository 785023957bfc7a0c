"""Tables as Parquet, with pictures where there are some, as Hugging Face's datasets show them."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from learn.arrays import Labels
from stimuli.mixing import Pixels

PICTURE = "picture"  # column of the mixed images, PNG
_PNG = pa.struct([("bytes", pa.binary()), ("path", pa.string())])  # what datasets takes for images


def parquet_bytes(
    table: pd.DataFrame,
    index: str | None = None,
    images: Pixels | None = None,
    labels: Mapping[str, Labels] | None = None,
) -> bytes:
    """Return a table as Parquet; the same one gives the same bytes.

    The schema says which features `datasets` should see, so that
    `load_dataset("parquet", data_files=...)` shows pictures.

    Args:
        table: N rows; numbers, texts, and blanks where a number is not known.
        index: name of a first column that numbers the rows from 0, None for none.
        images: (N, H, W, 3), a column `PICTURE`.
        labels: name of a label type: (N, K), a column of lists.
    """
    # column by column: pandas would add its own version and the platform's to the file
    columns = {} if index is None else {index: pa.array(range(len(table)), pa.int64())}
    if images is not None:
        columns[PICTURE] = pa.array([{"bytes": _png(image)} for image in images], _PNG)
    columns |= {name: pa.array(table[name].tolist(), from_pandas=True) for name in map(str, table)}
    for name, of_type in (labels or {}).items():
        columns[name] = pa.array(of_type.tolist(), pa.list_(pa.float64()))
    written = pa.table(columns)
    features = {field.name: _feature(field.type) for field in written.schema}
    told = json.dumps({"info": {"features": features}})
    content = io.BytesIO()
    pq.write_table(written.replace_schema_metadata({"huggingface": told}), content)
    return content.getvalue()


def _png(image: Pixels) -> bytes:
    content = io.BytesIO()
    Image.fromarray(image).save(content, "PNG")
    return content.getvalue()


def _feature(kind: pa.DataType) -> dict[str, Any]:
    """Return what `datasets` calls a column of this type."""
    if kind == _PNG:
        return {"_type": "Image"}
    if pa.types.is_list(kind):
        return {"_type": "Sequence", "feature": _feature(kind.value_type)}
    name = {"double": "float64"}.get(str(kind), str(kind))
    return {"_type": "Value", "dtype": name}
