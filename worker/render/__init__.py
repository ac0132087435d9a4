"""From a spec and downloaded sources to a video: a pure graph, and a thin shell that runs FFmpeg."""
