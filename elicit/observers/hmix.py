"""Observers fitted to H-Mix: each another person, and together as those of the paper were.

Fitted to the published judgements of 44 Construct, 25 Select-Shuffled and 81 Infer participants
(Collins et al., "Human-in-the-Loop Mixup", UAI 2023), by
`python -m tests.benchmarks.fit_observers.fit`. The 45th Construct participant, whose screen failed
at lambda_f = 1 and who answered that 31 times, is left out. `Evidence` says what an answer is made
of. A table then turns evidence into an answer, so that answers are spread as people's were;
confidence follows from how far an answer is from 0.5, from the image and from how long the answer
took, and response times from practice, each with a participant's own level. Confidence is fitted to
half of the Infer participants, and tested on the others. How near simulated studies come to H-Mix,
figure by figure: `python -m tests.benchmarks.agreement`.

They look at no pixel: how a pair of images looks is drawn from its ids, the same for everybody, and
what the two classes are decides the rest. `world` in the settings draws other looks. Class pairs
differ by as much as gives, on H-Mix's own trials and with the chance of people and images that is
in them, the spread of class-pair PSEs that H-Mix has; which pair is how strong is less certain.

Categorize is fitted to the 216 published answers of 8 participants: too few to say which class is
taken for which, or how much an image has to do with it. A third class is as likely as it was named
over all pairs. Where a mix is purer than H-Mix's, what it says is drawn on.

Not fitted, for want of data: `discriminate`, which takes Infer's evidence and names the class that
it is for, in a quarter of Infer's time; Infer below lambda_f = 0.1 and above 0.9, where evidence
goes on as it came; which keys lead to an answer; any preference for a side.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from pydantic import Field

from elicit.errors import ElicitError
from elicit.observers.actions import Intent, Observer
from elicit.observers.hmix_parameters import (
    AnswerParameters,
    ConfidenceParameters,
    HMixParameters,
    NamedClassesParameters,
    RatingParameters,
    load_parameters,
)
from elicit.observers.keyed_random import Draws
from elicit.observers.pages import PageReader
from elicit.observers.participant import Participant
from elicit.observers.psychometric import find_nearest
from elicit.observers.settings import ObserverSettings, read_settings
from elicit.trial import NamedClasses, Trial

AS_INFER = {"discriminate": ("infer", 0.25)}  # whose evidence, and what share of whose time
_BIAS, _STYLE, _NOISE, _SURE, _TIME, _PAGES, _IMAGE, _OWN, _GAIN, _MIDDLE = range(
    10
)  # keys of draws
PIVOT = 3.0  # about where answers begin to be 0 or 100, in units of the noise
_NAMES = 20  # the first key of what Categorize draws
_PARADIGMS = ("construct", "select_shuffled", "infer")  # their places are keys too


class HMix(ObserverSettings):
    """What can be told to the observers fitted to H-Mix."""

    world: int = Field(default=0, ge=0)  # which draw of how each pair of images looks to everybody


class Evidence:
    """How one participant sees images, in one paradigm.

    seen = gain * what the class pair and lambda_f say + bias + image + own + noise
    z = style * PIVOT * sign(seen) * |seen / PIVOT| ** middle

    The noise is normal with variance 1, the rest as `hmix_parameters.EvidenceSpreads` says:
    normal, or where they multiply, with normal logarithms. In Infer, z above 0 is for class i; in
    the others, where gain and middle are 1, it is how far from 0 the 50/50 point lies.
    """

    def __init__(
        self, paradigm: str, answers: AnswerParameters, who: Draws, draws: Draws, images: Draws
    ) -> None:
        """Draw the participant from `who`, the session from `draws`, the images from `images`."""
        number, self._spreads = _PARADIGMS.index(paradigm), answers.spreads
        self._answers, self._who, self._draws, self._images = answers, who, draws, images
        self._bias = self._spreads.bias * who.normal(number, _BIAS)
        self._style = math.exp(self._spreads.style * who.normal(number, _STYLE))
        self._gain = math.exp(self._spreads.gain * who.normal(number, _GAIN))
        self._middle = math.exp(self._spreads.middle * who.normal(number, _MIDDLE))
        # an image with a strong class i looks 50/50 at a lower lambda_f
        self._sign = 1.0 if answers.lambda_f else -1.0

    def __call__(self, trial: Trial) -> float:
        """Return z."""
        images = trial.pair.images
        spreads = self._spreads
        seen = (
            self._gain * self._mean(trial)
            + self._bias
            + self._sign * spreads.image * self._images.normal(*images, _IMAGE)
            + self._sign * spreads.own * self._who.normal(*images, _OWN)
            + self._draws.normal(trial.draw_number, _NOISE)
        )
        far = PIVOT * (abs(seen) / PIVOT) ** self._middle
        return self._style * math.copysign(far, seen)

    def _mean(self, trial: Trial) -> float:
        shift, steeper = _of_pair(self._answers, trial.pair.class_i, trial.pair.class_j)
        if not self._answers.lambda_f:
            return shift
        return steeper * interpolate(
            trial.lambdas[0] - shift, self._answers.lambda_f, self._answers.evidence
        )


class Level:
    """How one participant uses a scale, or their time: z = bias + noise - practice."""

    def __init__(self, ratings: RatingParameters, bias: float, draws: Draws, kind: int) -> None:
        """Give the participant a bias in units of its standard deviation between people."""
        self._ratings, self._draws, self._kind = ratings, draws, kind
        self._bias = ratings.bias * bias

    def z(self, trial: Trial) -> float:
        """Return where in the table a trial is."""
        practised = self._ratings.practice * math.log1p(trial.progress[0])
        return self._bias - practised + self.noise(trial)

    def noise(self, trial: Trial) -> float:
        """Return how far a trial is from the participant's usual, of variance 1."""
        return self._draws.normal(trial.draw_number, self._kind)

    def __call__(self, trial: Trial, at: float = 0.0) -> float:
        """Return what the table says."""
        return self._ratings.table(self.z(trial), at)


class Confidence(Level):
    """How sure one participant is: z = bias + noise - practice + image - time.

    Image is drawn for each mix of two images, the same for everybody; time is in proportion to how
    much longer than usual an answer takes. People who are slow are less sure, as `slow` says.
    """

    def __init__(
        self, parameters: ConfidenceParameters, who: Draws, draws: Draws, images: Draws
    ) -> None:
        """Draw the participant from `who`, the session from `draws`, the images from `images`."""
        slow, own = parameters.slow, math.sqrt(1 - parameters.slow**2)
        sure = slow * who.normal(_TIME) + own * who.normal(_SURE)
        super().__init__(parameters, sure, draws, _SURE)
        self._parameters, self._images = parameters, images

    def z_of(self, trial: Trial, times: Level) -> float:
        """Return where in the table a trial is, given how the participant uses time."""
        mix = round(1000 * trial.lambdas[0])
        image = self._parameters.image * self._images.normal(*trial.pair.images, mix, _SURE)
        return self.z(trial) + image - self._parameters.time * times.noise(trial)

    def rate(self, trial: Trial, times: Level, distance: float) -> float:
        """Return the confidence in an answer that is so far from 0.5."""
        return self._parameters.table(self.z_of(trial, times), distance)


class ClassNaming:
    """How one participant names classes: the stronger one of a mix, the weaker, or a third.

    Which third class it is depends on no image; what is excluded is any class that is not named,
    the two of the mix last.
    """

    def __init__(self, parameters: NamedClassesParameters, who: Draws, draws: Draws) -> None:
        """Draw the participant from `who`, and the answers from `draws`."""
        self._parameters, self._draws = parameters, draws
        self._levels = [
            Level(each, who.normal(_NAMES, k), draws, _NAMES + k)
            for k, each in enumerate((parameters.share_1, parameters.share_2, parameters.excluded))
        ]

    def __call__(self, trial: Trial) -> NamedClasses:
        """Return the classes named, with their shares in whole hundredths."""
        first, other = self._choose(trial)
        share, ratio, excluded = (level(trial) for level in self._levels)
        percent = round(100 * share)
        other_percent = min(round(100 * share * ratio), percent)
        left = [each for each in trial.class_order if each not in {first, other}]
        left.sort(key=lambda each: (each in trial.pair.classes, self._draw(trial, 2, each)))
        out = set(left[: round(excluded * len(left))])
        return NamedClasses(
            first,
            percent / 100,
            other,
            other_percent / 100 if other else None,
            tuple(each for each in trial.class_order if each in out),
        )

    def _choose(self, trial: Trial) -> tuple[str, str]:
        """Return the most probable class, and the alternative; blank: none."""
        its, lambda_f = self._parameters, trial.lambdas[0]
        mixed = trial.pair.classes if lambda_f >= 0.5 else trial.pair.classes[::-1]
        at = max(lambda_f, 1 - lambda_f)
        strong, weak = (
            _clamp(interpolate(at, its.dominant, each)) for each in zip(*its.first, strict=True)
        )
        drawn = self._draws.uniform(trial.draw_number, _NAMES, 0)
        first = mixed[0] if drawn < strong else mixed[1] if drawn < strong + weak else ""
        first = first or self._choose_third(trial, set(mixed))
        if self._draws.uniform(trial.draw_number, _NAMES, 1) < _clamp(
            interpolate(at, its.dominant, its.none)
        ):
            return first, ""
        left = [each for each in mixed if each != first]
        in_mix = _clamp(interpolate(at, its.dominant, its.other))
        if self._draws.uniform(trial.draw_number, _NAMES, 2) < in_mix:
            return first, left[0]
        return first, self._choose_third(trial, {*mixed, first}) or left[0]

    def _choose_third(self, trial: Trial, taken: set[str]) -> str:
        """Return a class that is not taken, as likely as its weight; blank where all are."""
        third = self._parameters.third
        left = sorted(each for each in trial.class_order if each not in taken)
        return max(
            left,
            key=lambda each: self._draw(trial, 1, each) ** (1 / third.get(each, 1)),
            default="",
        )

    def _draw(self, trial: Trial, what: int, name: str) -> float:
        number = sorted(trial.class_order).index(name)
        return self._draws.uniform(trial.draw_number, _NAMES, 3, what, number)


class HMixMind:
    """One participant's answers, confidence and times."""

    def __init__(self, model: HMixParameters, who: Draws, draws: Draws, images: Draws) -> None:
        """Draw the participant from `who`, the session from `draws`, the images from `images`."""
        self.model = model
        self.evidence = {
            name: Evidence(name, each, who, draws, images) for name, each in model.answers.items()
        }
        slow = who.normal(_TIME)
        self.times = {name: Level(each, slow, draws, _TIME) for name, each in model.rt_s.items()}
        self.confidence = Confidence(model.confidence, who, draws, images)
        self.naming = ClassNaming(model.named_classes, who, draws)

    def __call__(self, trial: Trial) -> Intent:
        """Return what the participant means to answer."""
        if trial.paradigm == "categorize":
            return Intent(self.times["categorize"](trial), named=self.naming(trial))
        name, hurry = AS_INFER.get(trial.paradigm, (trial.paradigm, 1.0))
        z, rt_s = self.evidence[name](trial), hurry * self.times[name](trial)
        if trial.paradigm == "discriminate":
            return Intent(rt_s, lambda_g=float(z > 0))
        table = self.model.answers[name].table
        if trial.paradigm != "infer":
            return Intent(rt_s, pick=find_nearest(trial.lambdas, table(z)))
        lambda_g = _slider_position(table(z, trial.lambdas[0]))
        omega = self.confidence.rate(trial, self.times[name], abs(lambda_g - 0.5))
        return Intent(rt_s, lambda_g=lambda_g, omega=_slider_position(omega))


def start(seed: Sequence[int], session: int, settings: Mapping[str, object]) -> Observer:
    """Return somebody like those who took part in H-Mix.

    Args:
        seed: who they are.
        session: their visit, from 1.
        settings: as `HMix` says.

    Raises:
        ElicitError: settings that it does not take.
    """
    chosen, model = read_settings("hmix", HMix, settings), load_parameters()
    who, draws = Draws("hmix", *seed), Draws("hmix", *seed, session)
    mind = HMixMind(model, who, draws, Draws("hmix images", chosen.world))
    page_s = model.page_s * math.exp(model.page_spread * who.normal(_PAGES))
    return Participant(mind, PageReader(draws, page_s))


def interpolate(x: float, at: Sequence[float], values: Sequence[float]) -> float:
    """Return the value at `x` on lines through the points (at, values), drawn on at both ends."""
    k = 1
    while k < len(at) - 1 and x > at[k]:
        k += 1
    rise = (values[k] - values[k - 1]) / (at[k] - at[k - 1])
    return values[k - 1] + rise * (x - at[k - 1])


def _clamp(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _slider_position(value: float) -> float:
    """Return the place of a slider, in hundredths."""
    return min(max(round(100 * value), 0), 100) / 100


def _of_pair(answers: AnswerParameters, class_i: str, class_j: str) -> tuple[float, float]:
    found = answers.pairs.get(f"{class_i}-{class_j}")
    if found is not None:
        return found
    turned = answers.pairs.get(f"{class_j}-{class_i}")
    if turned is None:
        raise ElicitError(
            f"observer hmix: nobody in H-Mix saw {class_i} with {class_j}; use its ten classes, "
            "or the observer psychometric"
        )
    shift, steeper = turned
    return -shift, steeper
