{
  # A library of all kernels for one instruction-set level; `level_flags` says which.
  'type': 'static_library',
  'sources': ['<@(kernel_sources)'],
  'cflags': ['<@(level_flags)', '-fno-math-errno', '-fno-trapping-math', '-Wno-psabi'],
  'xcode_settings': {'OTHER_CFLAGS': ['<@(level_flags)', '-fno-math-errno', '-fno-trapping-math', '-Wno-psabi']},
}
