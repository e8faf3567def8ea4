"""Figures of spotting that others published, to stand beside ours."""

SOURCES = {
    "Li 2018": "X. Li et al., Towards reading hidden emotions: a comparative study of "
    "spontaneous micro-expression spotting and recognition methods, IEEE Transactions "
    "on Affective Computing 9(4), 2018. doi:10.1109/TAFFC.2017.2667642. Area under the "
    "frame-wise ROC curve, percent.",
    "MEGC 2020": "The baseline of the spotting task of MEGC 2020. F1 of micro- and "
    "macro-expressions together.",
    "MEGC 2019": "Local temporal patterns (LTP), the baseline of the spotting task of "
    "MEGC 2019. F1 of micro-expressions.",
}

PROTOCOL = (
    "Protocol of ours: a found interval is a hit at an intersection over union of 0.5 "
    "with a true one, pairs one to one; hits and misses are summed over all videos of "
    "a database, those without an expression included; its videos choose no parameter. "
    "The F1 of MEGC are of the same measure over a whole database. The AUC of Li 2018 "
    "counts frames, over all thresholds."
)

# Source, method, dataset, name of the figure, figure.
PUBLISHED = (
    ("Li 2018", "feature difference, LBP", "SMIC-E-HS", "AUC", 83.3),
    ("Li 2018", "feature difference, LBP", "SMIC-E-VIS", "AUC", 84.5),
    ("Li 2018", "feature difference, LBP", "SMIC-E-NIR", "AUC", 80.6),
    ("Li 2018", "feature difference, LBP", "CASME II", "AUC", 93.0),
    ("Li 2018", "feature difference, HOOF", "SMIC-E-HS", "AUC", 69.4),
    ("Li 2018", "feature difference, HOOF", "SMIC-E-VIS", "AUC", 74.9),
    ("Li 2018", "feature difference, HOOF", "SMIC-E-NIR", "AUC", 73.2),
    ("Li 2018", "feature difference, HOOF", "CASME II", "AUC", 65.0),
    ("MEGC 2020", "baseline", "CAS(ME)^2", "F1", 0.0376),
    ("MEGC 2020", "baseline", "SAMM-LV", "F1", 0.0445),
    ("MEGC 2019", "LTP", "CAS(ME)^2", "F1 micro", 0.0179),
    ("MEGC 2019", "LTP", "SAMM-LV", "F1 micro", 0.0316),
)
