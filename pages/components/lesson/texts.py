"""Texts of the page Lesson: introduction and the steps of 45 minutes."""

from dataclasses import dataclass

INTRODUCTION = """\
A lesson of 45 minutes on one question: **what does an activation function change in what a network learns?** It uses
the drawn faces that the app brings along. It needs no internet, and no photo of a pupil, a teacher or anybody else.
Predict first, then train, then explain. The board at the end shows what this workspace has measured so far.
"""


@dataclass(frozen=True)
class Step:
    """One step of the lesson, as Markdown.

    Attributes:
        title: heading.
        minutes: how long it takes.
        task: what to do.
        look: what to look at.
        question: to the class.
        answer: to the question; shown when asked for.
        exercise: key of the exercise that it runs; empty without one.
        page: a page that it needs; empty without one.
        page_title: name of that page.
    """

    title: str
    minutes: int
    task: str
    look: str
    question: str
    answer: str
    exercise: str = ""
    page: str = ""
    page_title: str = ""


STEPS = (
    Step(
        "Predict first",
        8,
        "Open *Activations*, view *Curves*, and choose relu, tanh and sigmoid. Each pupil writes down which of three "
        "networks, equal but for this function, will learn the most and which the least.",
        "The slope, not the curve: how large it is at most, and where it is zero or nearly zero.",
        "The networks of the next step have five layers with the activation. On its way back each of them multiplies "
        "the gradient by a slope. What is left of it at most after five sigmoids?",
        "A sigmoid's slope is at most ¼, so at most (¼)⁵ = 1/1024 is left; tanh and ReLU have slopes up to 1. The "
        "weights multiply the gradient too and can make up for it, so this is a prediction and not a proof. The view "
        "*Vanishing gradient* shows it for more layers and other initial weights.",
        page="learn/activations",
        page_title="Activations",
    ),
    Step(
        "Three activations",
        12,
        "Run the guided study: three networks on drawn faces, with ReLU, tanh and sigmoid. Everything else is equal: "
        "photos, split, layers, optimizer, first seed.",
        "On *Train*: whose loss falls, and whose accuracy stays at one half. On *Compare*: the three ROC curves and "
        "the interval of each AUC; .50 is guessing.",
        "Who predicted it? If ReLU and tanh end one hundredth apart, has the better activation been found?",
        "A network near .50 ranks the test photos no better than guessing; its diagnosis on *Compare* says why. In the "
        "results that come with the app that is the sigmoid network, while ReLU and tanh reach .94 and more. A small "
        "difference between two single networks shows nothing about their activations: another seed draws other "
        "weights and may turn the order. *Compare* can add seeds, which train the same networks again.",
        exercise="guided",
    ),
    Step(
        "The dead output",
        9,
        "Run ten networks that differ in their seed alone. They are Model 2 of the source study: its output is a "
        "ReLU. While they train, discuss the question.",
        "The board: how many had a gradient of exactly 0 before the first step, and how many end with one answer for "
        "every photo. On *Train*: curves that do not move.",
        "The single output is max(0, x), and x starts below zero for every photo. What can training change?",
        "Nothing. Below zero the slope of a ReLU is 0, so the gradient of every weight in every layer is exactly 0. "
        "That is not a vanishing gradient, which is small: a longer training never helps. Where x starts above zero "
        "there is a gradient, but outputs that barely differ between photos. The remedy is an output that fits the "
        "loss: a sigmoid with cross-entropy.",
        exercise="dead_output",
    ),
    Step(
        "The leak",
        10,
        "Run Model 1 of the source study six times: three seeds with a fixed split, and three with the split of its "
        "notebook, which shuffles all photos anew in every epoch and takes training and test photos by position.",
        "The board: both shares of test photos that are classified correctly, and how many of these photos the "
        "network had been trained on. The leaking networks are marked red everywhere.",
        "Which of the two networks would you trust with a new drawing, if one scores higher than the other?",
        "The scores do not tell. The leaking network was tested on photos that it had learned, so its score measures "
        "memory; only the fixed split estimates what happens with new photos. The first figure of *The source study* "
        "shows the extreme: with random labels, where there is nothing to learn, the leaking test still finds nearly "
        "all answers right.",
        exercise="leak",
        page="learn/source_study",
        page_title="The source study",
    ),
    Step(
        "Answer and limits",
        6,
        "Read the board together, and compare it with the predictions of step 1. Write one sentence each: what was "
        "shown, on what, and how sure.",
        "The words *on drawn faces*, the number of test photos, and the number of seeds.",
        "What does the board say about the faces in this room?",
        "Nothing. These networks know drawings of one style. With photographs there would be a second limit: a label "
        "describes an expression in a photo and not what a person feels. And there is a law: in the European Union it "
        "is prohibited to infer the emotions of people in education, other than for medical or safety reasons (AI "
        "Act, Article 5(1)(f)). So the lesson works on drawings, or on collected photos that you may use, and not on "
        "the faces of pupils.",
        page="learn/source_study",
        page_title="The source study",
    ),
)
