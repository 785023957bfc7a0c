"""The CSV files of a session: their columns, how they are written and read."""

from elicit.log.reader import read as read
from elicit.log.rows import COLUMNS as COLUMNS
from elicit.log.rows import EventRow as EventRow
from elicit.log.rows import PageRow as PageRow
from elicit.log.rows import TrialRow as TrialRow
from elicit.log.writer import Writer as Writer
from elicit.validation_messages import MAX_QUOTED_CHARS as MAX_QUOTED_CHARS
from elicit.validation_messages import describe_misread as describe_misread
from elicit.validation_messages import describe_wrong_value as describe_wrong_value
from elicit.validation_messages import is_misread as is_misread
