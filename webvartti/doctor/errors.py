"""Why the doctor couldn't examine something. Base: DoctorError."""

from __future__ import annotations

from webvartti.domain.errors import WebVarttiError


class DoctorError(WebVarttiError):
    """The doctor couldn't do its work."""

    code = "doctor-failed"


class ServerCertificateUnreadable(DoctorError):
    """The file of the server certificate is missing, unreadable or holds no certificate."""

    code = "server-certificate-unreadable"


class OriginUnsuitable(DoctorError):
    """What was given isn't an origin: https://HOST or https://HOST:PORT."""

    code = "origin-unsuitable"


class CertificateNotUsable(DoctorError):
    """The certificate to forge with can't be read."""

    code = "certificate-not-usable"


class DeploymentUnreachable(DoctorError):
    """Nothing answers there, or no TLS handshake can be completed."""

    code = "deployment-unreachable"


class NotThisService(DoctorError):
    """The sign-in page isn't there, or has no form to a card host: nothing can be attacked."""

    code = "not-this-service"


class AnswerUnreadable(DoctorError):
    """What came back isn't HTTP/1.1 that can be read."""

    code = "answer-unreadable"


class LimitedByDeployment(DoctorError):
    """The deployment's own limits stopped the doctor."""

    code = "limited-by-deployment"


class Refused(DoctorError):
    """The other side refused the handshake or ended the connection without an answer: often just what a probe hopes for."""

    code = "refused"


class NoAnswerInTime(Refused):
    """The connection stands, and nothing comes."""

    code = "no-answer-in-time"
