{
  # One static library of kernels per instruction-set level, everything else at the baseline.
  'variables': {
    'kernel_sources': ['<!@(node scripts/native-units.mjs native/kernels)'],
    'addon_sources': ['<!@(node scripts/native-units.mjs native -native/kernels)'],
    # For machines of before 2013: compiled in less time, for loops that are vectorised all the same.
    'quick': ['-O2', '-ftree-vectorize'],
    'conditions': [
      ['target_arch=="x64"', {'levels': ['kernels_baseline', 'kernels_v2', 'kernels_v3', 'kernels_v4']}],
      ['target_arch=="arm64"', {'levels': ['kernels_neon']}],
      ['target_arch!="x64" and target_arch!="arm64"', {'levels': ['kernels_baseline']}],
    ],
  },
  'target_defaults': {
    'include_dirs': ['native'],
    'cflags': ['-Wshadow', '-fvisibility=hidden', '-ffp-contract=off'],
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-fno-exceptions'],
    'cflags_cc': ['-std=c++20', '-fexceptions', '-fvisibility-inlines-hidden'],
    'xcode_settings': {
      'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
      'CLANG_CXX_LIBRARY': 'libc++',
      'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
      'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
      'MACOSX_DEPLOYMENT_TARGET': '11.0',
      'OTHER_CFLAGS': ['-Wall', '-Wextra', '-Wshadow', '-ffp-contract=off'],
    },
  },
  'targets': [
    {
      'target_name': 'voxline',
      'sources': ['<@(addon_sources)'],
      # A system folder: warnings are for our own code.
      'cflags_cc': ['-isystem', '<!(node scripts/napi-include.mjs)'],
      'dependencies': ['<@(levels)'],
      'defines': ['NAPI_VERSION=9', 'NAPI_CPP_EXCEPTIONS', 'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
      # Kernels register themselves: nothing refers to their objects, so the archives are linked whole.
      'conditions': [
        ['OS=="linux"', {
          'ldflags': [
            '-static-libstdc++',
            '-static-libgcc',
            '-Wl,--version-script=<(module_root_dir)/addon.map',
            '-Wl,--whole-archive',
          ],
          'libraries': ['-Wl,--no-whole-archive'],
        }],
        ['OS=="mac"', {
          'include_dirs': ['<!(node scripts/napi-include.mjs)'],
          'xcode_settings': {'OTHER_LDFLAGS': ['-Wl,-all_load']},
        }],
      ],
    },
  ],
  'conditions': [
    ['target_arch=="x64"', {
      'targets': [
        {'target_name': 'kernels_baseline', 'variables': {'level_flags': ['-march=x86-64'], 'level_cc': ['<@(quick)']}, 'includes': ['kernels.gypi']},
        {'target_name': 'kernels_v2', 'variables': {'level_flags': ['-march=x86-64-v2'], 'level_cc': ['<@(quick)']}, 'includes': ['kernels.gypi']},
        {'target_name': 'kernels_v3', 'variables': {'level_flags': ['-march=x86-64-v3']}, 'includes': ['kernels.gypi']},
        {
          'target_name': 'kernels_v4',
          'variables': {'level_flags': ['-march=x86-64-v4', '-mprefer-vector-width=512']},
          'includes': ['kernels.gypi'],
        },
      ],
    }],
    ['target_arch=="arm64"', {
      'targets': [{'target_name': 'kernels_neon', 'variables': {'level_flags': []}, 'includes': ['kernels.gypi']}],
    }],
    ['target_arch!="x64" and target_arch!="arm64"', {
      'targets': [{'target_name': 'kernels_baseline', 'variables': {'level_flags': []}, 'includes': ['kernels.gypi']}],
    }],
  ],
}
