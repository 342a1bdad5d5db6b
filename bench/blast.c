/*
 * Sends numbered syslog messages, or events, as UDP datagrams to 127.0.0.1, paced or as fast as it can:
 *   blast PORT RATE SECONDS FIRST SIZE [SENDERS [FIELDS]]
 * RATE is datagrams a second, 0 for as fast as possible; FIRST is the number of the first one; SIZE is bytes of each;
 * SENDERS are so many source ports, in turn; with FIELDS it is RFC 5424 with so many parameters, with -2 an event as JSON, else
 * RFC 3164.
 * Prints how many were sent and the seconds that it took. Linux only (sendmmsg).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* The largest payload of UDP over IPv4 is 65,507 bytes. */
enum { MOST = 64, LONGEST = 65536, SENDERS = 4096, DIGITS = 9, EVENT = -2 };

static char text[MOST][LONGEST];
static struct iovec part[MOST];
static struct mmsghdr message[MOST];
static int sockets[SENDERS];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static int header(char *line, long number, int fields) {
  long second = number / 10000 % 60, host = number % 9, process = 1000 + number % 8999;
  if (fields < 0)
    return sprintf(line, "<86>Oct 11 22:14:%02ld web%ld.example.org sshd[%ld]: ", second, host, process);
  int length = sprintf(line, "<86>1 2026-10-11T22:14:%02ld.003Z web%ld.example.org sshd %ld login ", second, host,
                       process);
  if (fields == 0) return length + sprintf(line + length, "- ");
  length += sprintf(line + length, "[sshd@32473");
  for (int n = 0; n < fields; n++) length += sprintf(line + length, " key%d=\"value %ld\"", n, (number + n) % 100);
  return length + sprintf(line + length, "] ");
}

static void event(char *line, long number, int size) {
  int length = sprintf(line,
                       "{\"type\":\"pageview\",\"time\":\"2026-10-11T22:14:%02ld.003Z\",\"app\":\"shop\",\"data\":{\"account\":\"acme%ld\","
                       "\"number\":%0*ld,\"bot\":false,\"path\":\"/%ld/",
                       number / 10000 % 60, number % 9, DIGITS, 100000000 + number, 40000 + number % 20000);
  if (length < size - 3) memset(line + length, '.', size - 3 - length);
  memcpy(line + size - 3, "\"}}", 3);
}

/* Hosts and programs change from message to message, so that nobody profits from seeing the same one again. */
static void fill(char *line, long number, int size, int fields) {
  if (fields == EVENT) {
    event(line, number, size);
    return;
  }
  int length = header(line, number, fields);
  length += sprintf(line + length, "#%0*ld Failed password for invalid user admin from 192.0.2.%ld port %ld ssh2 ",
                    DIGITS, number, number % 250, 40000 + number % 20000);
  if (length < size) memset(line + length, '.', size - length);
}

static int open_sender(struct sockaddr_in *to) {
  int opened = socket(AF_INET, SOCK_DGRAM, 0);
  return opened < 0 || connect(opened, (struct sockaddr *)to, sizeof *to) < 0 ? -1 : opened;
}

int main(int count, char **word) {
  if (count < 6 || count > 8) {
    fprintf(stderr, "blast PORT RATE SECONDS FIRST SIZE [SENDERS [FIELDS]]\n");
    return 64;
  }
  double rate = atof(word[2]), seconds = atof(word[3]);
  long first = atol(word[4]), sent = 0;
  int size = atoi(word[5]), senders = count > 6 ? atoi(word[6]) : 1, fields = count > 7 ? atoi(word[7]) : -1;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(word[1]))};
  inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
  if (size > LONGEST || fields > 1000 || senders < 1 || senders > SENDERS) return 64;
  for (int n = 0; n < senders; n++) {
    if ((sockets[n] = open_sender(&to)) < 0) {
      perror("blast");
      return 1;
    }
  }
  for (int n = 0; n < MOST; n++) {
    part[n] = (struct iovec){.iov_base = text[n], .iov_len = size};
    message[n].msg_hdr = (struct msghdr){.msg_iov = &part[n], .msg_iovlen = 1};
  }
  double start = now(), elapsed = 0;
  for (long turn = 0; (elapsed = now() - start) < seconds; turn++) {
    long due = rate > 0 ? (long)(elapsed * rate) - sent : MOST;
    if (due <= 0) {
      struct timespec pause = {.tv_nsec = 500000};
      nanosleep(&pause, NULL);
      continue;
    }
    int batch = due < MOST ? due : MOST;
    for (int n = 0; n < batch; n++) fill(text[n], first + sent + n, size, fields);
    int went = sendmmsg(sockets[turn % senders], message, batch, 0);
    if (went > 0) sent += went;
  }
  printf("%ld %f\n", sent, now() - start);
  return 0;
}
