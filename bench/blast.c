/*
 * Sends numbered syslog messages (RFC 3164) as UDP datagrams to 127.0.0.1, paced or as fast as it can:
 *   blast PORT RATE SECONDS FIRST SIZE
 * RATE is datagrams a second, 0 for as fast as possible; FIRST is the number of the first one; SIZE is bytes of each.
 * Prints how many were sent and the seconds that it took. Linux only (sendmmsg).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { MOST = 64, LONGEST = 2048, DIGITS = 9 };

static char text[MOST][LONGEST];
static struct iovec part[MOST];
static struct mmsghdr message[MOST];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

/* Hosts and programs change from message to message, so that nobody profits from seeing the same one again. */
static void fill(char *line, long number, int size) {
  int length = snprintf(line, LONGEST,
                        "<86>Oct 11 22:14:%02ld web%ld.example.org sshd[%ld]: #%0*ld Failed password for invalid "
                        "user admin from 192.0.2.%ld port %ld ssh2 ",
                        number / 10000 % 60, number % 9, 1000 + number % 8999, DIGITS, number, number % 250,
                        40000 + number % 20000);
  if (length < size) memset(line + length, '.', size - length);
}

int main(int count, char **word) {
  if (count != 6) {
    fprintf(stderr, "blast PORT RATE SECONDS FIRST SIZE\n");
    return 64;
  }
  double rate = atof(word[2]), seconds = atof(word[3]);
  long first = atol(word[4]), sent = 0;
  int size = atoi(word[5]), socket_ = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(word[1]))};
  inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
  if (size > LONGEST || socket_ < 0 || connect(socket_, (struct sockaddr *)&to, sizeof to) < 0) {
    perror("blast");
    return 1;
  }
  for (int n = 0; n < MOST; n++) {
    part[n] = (struct iovec){.iov_base = text[n], .iov_len = size};
    message[n].msg_hdr = (struct msghdr){.msg_iov = &part[n], .msg_iovlen = 1};
  }
  double start = now(), elapsed = 0;
  while ((elapsed = now() - start) < seconds) {
    long due = rate > 0 ? (long)(elapsed * rate) - sent : MOST;
    if (due <= 0) {
      struct timespec pause = {.tv_nsec = 500000};
      nanosleep(&pause, NULL);
      continue;
    }
    int batch = due < MOST ? due : MOST;
    for (int n = 0; n < batch; n++) fill(text[n], first + sent + n, size);
    int went = sendmmsg(socket_, message, batch, 0);
    if (went > 0) sent += went;
  }
  printf("%ld %f\n", sent, now() - start);
  return 0;
}
