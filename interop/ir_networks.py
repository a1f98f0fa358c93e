"""IR networks in PyTorch, in the three layouts that the studio recognises, written from their key names and shapes."""

import torch
from torch import nn

IR_UNITS = {50: (3, 4, 14, 3), 100: (3, 13, 30, 3), 152: (3, 8, 36, 3)}
CHANNELS = (64, 64, 128, 256, 512)


class SqueezeExcitation(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // reduction, 1, bias=False)
        self.fc2 = nn.Conv2d(channels // reduction, channels, 1, bias=False)

    def forward(self, x):
        return x * torch.sigmoid(self.fc2(torch.relu(self.fc1(x.mean((2, 3), keepdim=True)))))


class PublishedUnit(nn.Module):
    """A unit of the published code, or of TFace: there a BatchNorm follows the first convolution."""

    def __init__(self, ins, outs, stride, mid_norm, se, reduction):
        super().__init__()
        if ins == outs:
            self.shortcut_layer = nn.MaxPool2d(1, stride)
        else:
            self.shortcut_layer = nn.Sequential(nn.Conv2d(ins, outs, 1, stride, bias=False), nn.BatchNorm2d(outs))
        layers = [nn.BatchNorm2d(ins), nn.Conv2d(ins, outs, 3, 1, 1, bias=False)]
        layers += [nn.BatchNorm2d(outs)] if mid_norm else []
        layers += [nn.PReLU(outs), nn.Conv2d(outs, outs, 3, stride, 1, bias=False), nn.BatchNorm2d(outs)]
        self.res_layer = nn.Sequential(*layers)
        if se:
            # TFace adds it by name, the published code by number.
            self.res_layer.add_module("se_block" if mid_norm else str(len(layers)), SqueezeExcitation(outs, reduction))

    def forward(self, x):
        return self.res_layer(x) + self.shortcut_layer(x)


class PublishedIr(nn.Module):
    def __init__(self, units, channels=CHANNELS, embedding=512, mid_norm=False, se=False, reduction=16):
        super().__init__()
        self.input_layer = nn.Sequential(nn.Conv2d(3, channels[0], 3, 1, 1, bias=False), nn.BatchNorm2d(channels[0]), nn.PReLU(channels[0]))
        body, ins = [], channels[0]
        for outs, count in zip(channels[1:], units):
            for index in range(count):
                body.append(PublishedUnit(ins, outs, 2 if index == 0 else 1, mid_norm, se, reduction))
                ins = outs
        self.body = nn.Sequential(*body)
        self.output_layer = nn.Sequential(nn.BatchNorm2d(ins), nn.Dropout(0.4), nn.Flatten(), nn.Linear(ins * 49, embedding), nn.BatchNorm1d(embedding, affine=False))

    def features(self, x):
        """Embedding, the body's raw output, and that after the last BatchNorm2d."""
        body = self.body(self.input_layer(x))
        return self.output_layer(body), body, self.output_layer[0](body)


class IresnetUnit(nn.Module):
    def __init__(self, ins, outs, stride, has_downsample):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(ins)
        self.conv1 = nn.Conv2d(ins, outs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outs)
        self.prelu = nn.PReLU(outs)
        self.conv2 = nn.Conv2d(outs, outs, 3, stride, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outs)
        self.downsample = nn.Sequential(nn.Conv2d(ins, outs, 1, stride, bias=False), nn.BatchNorm2d(outs)) if has_downsample else nn.Identity()

    def forward(self, x):
        return self.bn3(self.conv2(self.prelu(self.bn2(self.conv1(self.bn1(x)))))) + self.downsample(x)


class Iresnet(nn.Module):
    def __init__(self, units, channels=CHANNELS, embedding=512):
        super().__init__()
        self.conv1 = nn.Conv2d(3, channels[0], 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels[0])
        self.prelu = nn.PReLU(channels[0])
        ins = channels[0]
        for stage, (outs, count) in enumerate(zip(channels[1:], units), 1):
            row = [IresnetUnit(ins if i == 0 else outs, outs, 2 if i == 0 else 1, i == 0) for i in range(count)]
            setattr(self, f"layer{stage}", nn.Sequential(*row))
            ins = outs
        self.bn2 = nn.BatchNorm2d(ins)
        self.dropout = nn.Dropout(0.0)
        self.fc = nn.Linear(ins * 49, embedding)
        self.features = nn.BatchNorm1d(embedding)

    def all_features(self, x):
        body = self.layer4(self.layer3(self.layer2(self.layer1(self.prelu(self.bn1(self.conv1(x)))))))
        last = self.bn2(body)
        return self.features(self.fc(self.dropout(last).flatten(1))), body, last


def outputs(network, x):
    """Embedding, raw body output and the feature after the last BatchNorm2d, NCHW."""
    return network.all_features(x) if isinstance(network, Iresnet) else network.features(x)


def randomised(network, seed):
    """
    Gives every weight and running figure a random value. The running figures are those of the network's own activations
    on noise of several scales, and then moved by a little: with others a hundred layers would grow without bound.
    """
    torch.manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.PReLU):
            nn.init.uniform_(module.weight, 0.1, 0.4)
        elif isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.momentum = 1.0
            if module.affine:
                nn.init.uniform_(module.weight, 0.5, 1.5)
                nn.init.uniform_(module.bias, -0.3, 0.3)
    network.train()
    with torch.no_grad():
        outputs(network, torch.cat([blurred_noise(2, side) for side in (4, 14, 56, 112)]))
        for module in network.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
                module.running_mean += 0.1 * torch.randn_like(module.running_mean) * module.running_var.sqrt()
                module.running_var *= torch.empty_like(module.running_var).uniform_(0.8, 1.25)
                module.momentum = 0.1
    return network.eval()


def blurred_noise(count, side):
    return nn.functional.interpolate(torch.rand(count, 3, side, side) * 2 - 1, size=112, mode="bilinear")


def fed(pixels, divisor):
    """Bytes [B, 112, 112, 3] in RGB as the network is fed them."""
    return (torch.as_tensor(pixels).permute(0, 3, 1, 2).float() - 127.5) / divisor
