"""Frame attention: few frames of a clip decide for it."""

import torch
from torch import nn

from mefeat.deep._networks.residual import WIDTHS, ResNet18

# Frames that go through the backbone at a time when predicting.
CHUNK = 32


def weighted_mean(rows, weights):
    """Average rows (clips, frames, d) over frames by weights (clips, frames)."""
    total = weights.sum(dim=1, keepdim=True)
    return (weights[..., None] * rows).sum(dim=1) / total


def self_attention(seen, features, query):
    """Weigh frames one by one.

    `seen` are the features after dropout, which only the weights look at. Gives the
    weights alpha (clips, frames) and the mean F (clips, d) of the features by them.
    """
    alpha = torch.sigmoid(query(seen)).squeeze(-1)
    return alpha, weighted_mean(features, alpha)


def relation_attention(alpha, features, whole, query, dropout):
    """Weigh each frame beside the whole clip.

    Gives the weights beta (clips, frames) and the mean of the pairs [f_i, F] by
    alpha_i beta_i, in training and testing alike.
    """
    pairs = torch.cat([features, whole[:, None].expand_as(features)], dim=-1)
    beta = torch.sigmoid(query(dropout(pairs))).squeeze(-1)
    return beta, weighted_mean(pairs, alpha * beta)


class FrameAttention(nn.Module):
    """Backbone, attention over frames, linear layer."""

    heads = ("alpha", "beta", "output")

    def __init__(self, backbone, attention, n_classes):
        super().__init__()
        self.backbone = ResNet18(WIDTHS[backbone])
        n_features = self.backbone.n_features
        self.relation = attention == "relation"
        self.dropout = nn.Dropout(0.5)
        self.alpha = nn.Linear(n_features, 1, bias=False)
        if self.relation:
            self.beta = nn.Linear(2 * n_features, 1, bias=False)
            n_features *= 2
        self.output = nn.Sequential(
            nn.Dropout(0.6 if self.relation else 0.5), nn.Linear(n_features, n_classes)
        )

    def embed(self, clips):
        """Turn pictures (clips, frames, 3, height, width) into features of them."""
        pictures = clips.flatten(0, 1)
        # Batch norm learns from all at once, and does not mind when predicting.
        parts = [pictures] if self.training else pictures.split(CHUNK)
        features = torch.cat([self.backbone(part) for part in parts])
        return features.unflatten(0, clips.shape[:2])

    def attend(self, features):
        """Turn features (clips, frames, d) into weights of frames and their mean."""
        seen = self.dropout(features)
        weights, mean = self_attention(seen, features, self.alpha)
        if self.relation:
            beta, mean = relation_attention(
                weights, features, mean, self.beta, self.dropout
            )
            weights = weights * beta
        return weights / weights.sum(dim=1, keepdim=True), mean

    def forward(self, clips):
        """Turn pictures of clips into scores of classes (clips, classes)."""
        return self.output(self.attend(self.embed(clips))[1])
