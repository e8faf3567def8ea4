"""Networks to compare with, of the extra `deep`, by name."""

from mefeat.deep import (
    ActionUnitNet,
    ApexCNNClassifier,
    AutoencoderRNNClassifier,
    FrameAttentionClassifier,
)
from mefeat.methods.method import Method, Methods, learned
from mefeat.preprocess import Resize
from mefeat.spotting import ApexFinder


def _network(estimator, paper, doi, *steps, needs=(), predicts="classes"):
    color = "color" in needs
    pipeline = learned(*steps, after=[estimator], color=color)
    needs = (*needs, "extra")
    return Method(pipeline, paper, doi, needs, learns=True, predicts=predicts)


# Without a doi: a study that has none that we know.
DEEP = Methods()
DEEP |= {
    "frame-attention": _network(
        FrameAttentionClassifier(random_state=0),
        "Meng, Peng, Wang, Qiao, ICIP 2019",
        "10.1109/ICIP.2019.8803603",
        Resize((224, 224)),
        needs=("color",),
    ),
    "autoencoder-rnn": _network(
        AutoencoderRNNClassifier(random_state=0),
        "after a study of pretraining by faces and macro-expressions",
        None,
        ApexFinder(),
        Resize((64, 64)),
    ),
    "apex-cnn": _network(
        ApexCNNClassifier(random_state=0),
        "after a study of a network of 47 layers",
        None,
        ApexFinder(),
    ),
    "units-mobilenet3d": _network(
        ActionUnitNet(random_state=0),
        "after Sandler, Howard, Zhu, Zhmoginov, Chen, CVPR 2018",
        "10.1109/CVPR.2018.00474",
        Resize((224, 224)),
        needs=("color",),
        predicts="units",
    ),
    "units-vgg16": _network(
        ActionUnitNet("vgg16", random_state=0),
        "after Simonyan, Zisserman, 2014",
        "10.48550/arXiv.1409.1556",
        Resize((224, 224)),
        needs=("color",),
        predicts="units",
    ),
}
