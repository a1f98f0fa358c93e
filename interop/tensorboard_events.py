"""Reads a folder of event files as TensorBoard does, and writes what it found: tensorboard_events.py FOLDER OUT.json"""
import json
import sys

from tensorboard.backend.event_processing import data_provider, event_accumulator, plugin_event_multiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups

folder, out = sys.argv[1:]
# A size of 0 keeps every event.
everything = {kind: 0 for kind in event_accumulator.DEFAULT_SIZE_GUIDANCE}


def histogram(event):
    value = event.histogram_value
    figures = {name: getattr(value, name) for name in ('min', 'max', 'num', 'sum', 'sum_squares')}
    return {'step': event.step, **figures, 'bucket_limit': list(value.bucket_limit), 'bucket': list(value.bucket)}


accumulator = event_accumulator.EventAccumulator(folder, size_guidance=everything)
accumulator.Reload()
tags = accumulator.Tags()

# The way of the HPARAMS tab, from files to session groups.
multiplexer = plugin_event_multiplexer.EventMultiplexer(tensor_size_guidance={'scalars': 0})
multiplexer.AddRun(folder, 'run')
multiplexer.Reload()
provider = data_provider.MultiplexerDataProvider(multiplexer, folder)
context = backend_context.Context(TBContext(data_provider=provider, multiplexer=multiplexer, logdir=folder))
experiment = context.experiment_from_metadata(RequestContext(), '', True, context.hparams_metadata(RequestContext(), ''), [])
request = api_pb2.ListSessionGroupsRequest(
    slice_size=10,
    allowed_statuses=[api_pb2.STATUS_UNKNOWN, api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE, api_pb2.STATUS_RUNNING],
)
(group,) = list_session_groups.Handler(RequestContext(), context, '', request).run().session_groups


def plain(value):
    return getattr(value, value.WhichOneof('kind'))


found = {
    'scalars': {tag: [[event.step, event.value] for event in accumulator.Scalars(tag)] for tag in tags[event_accumulator.SCALARS]},
    'histograms': {tag: [histogram(event) for event in accumulator.Histograms(tag)] for tag in tags[event_accumulator.HISTOGRAMS]},
    # What TensorBoard draws of the histograms: [left, right, count] a bucket.
    'drawn': {tag: [[event.step, event.tensor_proto.tensor_shape.dim[0].size] for event in multiplexer.Tensors('run', tag)] for tag in multiplexer.PluginRunToTagToContent('histograms').get('run', {})},
    'hparams': {name: plain(value) for name, value in group.hparams.items()},
    'kinds': {info.name: api_pb2.DataType.Name(info.type) for info in experiment.hparam_infos},
    'metrics': {value.name.tag: value.value for value in group.metric_values},
    'status': [api_pb2.Status.Name(session.status) for session in group.sessions],
}
with open(out, 'w', encoding='utf-8') as file:
    json.dump(found, file)
