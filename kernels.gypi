{
  # A library of all kernels for one instruction-set level; `level_flags` says which; `level_cc` are flags after the usual ones.
  'variables': {'level_cc%': []},
  'type': 'static_library',
  'sources': ['<@(kernel_sources)'],
  'cflags': ['<@(level_flags)', '-fno-math-errno', '-fno-trapping-math', '-Wno-psabi'],
  'cflags_cc': ['<@(level_cc)'],
  'xcode_settings': {'OTHER_CFLAGS': ['<@(level_flags)', '-fno-math-errno', '-fno-trapping-math', '-Wno-psabi']},
}
