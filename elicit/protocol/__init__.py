"""A study's YAML: its models, and its mistakes with file, line and key."""

from elicit.protocol.study_protocol import StudyProtocol as StudyProtocol
from elicit.protocol.study_protocol import load as load
