# What Python programs do: logging.handlers.SysLogHandler, and the syslog module, which is syslog(3) of the C library.
import logging.handlers
import socket
import sys
import syslog

what, address = sys.argv[1:]
if what == 'syslog(3)':
    # To /dev/log.
    syslog.openlog('app', syslog.LOG_PID, syslog.LOG_LOCAL1)
    for n in range(3):
        syslog.syslog(syslog.LOG_WARNING, 'number %d' % n)
else:
    if ':' in address:
        host, port = address.split(':')
        address = (host, int(port))
    kind = socket.SOCK_STREAM if what == 'stream' else socket.SOCK_DGRAM
    facility = logging.handlers.SysLogHandler.LOG_LOCAL1
    handler = logging.handlers.SysLogHandler(address, facility, kind)
    log = logging.getLogger()
    log.addHandler(handler)
    for n in range(3):
        log.warning('number %d', n)
    log.warning('café\nand more')
    handler.close()
