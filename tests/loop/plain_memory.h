/* Whether memory is laid out, and costs, as in the program: not so under sanitizers. */
#ifndef TESTS_LOOP_PLAIN_MEMORY_H
#define TESTS_LOOP_PLAIN_MEMORY_H

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PLAIN_MEMORY 0
#else
#define PLAIN_MEMORY 1
#endif

#endif
