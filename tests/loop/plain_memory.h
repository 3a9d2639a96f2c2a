/* What sanitizers change: how memory is laid out and what it costs; and how many coroutines there
 * can be, for ThreadSanitizer holds about 8,000. */
#ifndef TESTS_LOOP_PLAIN_MEMORY_H
#define TESTS_LOOP_PLAIN_MEMORY_H

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define MANY_COROUTINES 1000
#else
#define MANY_COROUTINES 10000
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) || \
    defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define PLAIN_MEMORY 0
#else
#define PLAIN_MEMORY 1
#endif

#endif
