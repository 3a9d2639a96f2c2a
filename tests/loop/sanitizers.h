/* What sanitizers change: how memory is laid out and what it costs; and how many coroutines there
 * can be, for ThreadSanitizer holds about 8,000. */
#ifndef TESTS_LOOP_SANITIZERS_H
#define TESTS_LOOP_SANITIZERS_H

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER 1
#else
#define ADDRESS_SANITIZER 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define THREAD_SANITIZER 1
#else
#define THREAD_SANITIZER 0
#endif

#define PLAIN_MEMORY (!ADDRESS_SANITIZER && !THREAD_SANITIZER)
#define MANY_COROUTINES (THREAD_SANITIZER ? 1000 : 10000)

#endif
