"""Ordinary reuse: Tomcat with keepAliveTimeout 5000 and the JDK's HttpServer with its
idleInterval of 30 s, each used by Vert.x HttpClient, the JDK's HttpClient and Apache
HttpClient, after pauses below 1 s, with downloads and uploads. The clients close first.
Nothing to report.
"""

from network import PCAP
from plan import connection, get, post
from systems import java
from truth import CLEAN

TITLE = "Keep-alive as it is meant to be: Java"
NEEDS = ["java:tomcat-embed-core", "java:JdkServer", "java:vertx-core", "java:httpclient5"]
FORMAT = PCAP
EXPECT = CLEAN


def play(stage):
    java.tomcat(stage, keepAliveTimeout=5000)
    other = java.jdk_server(stage, at=stage.at("server", 8080))
    for client in (java.vertx_client, java.jdk_client, java.apache_client):
        for to in (stage.at("server"), other):
            client(
                stage,
                connection(get("/a"), post("/b", 900, after=0.4), get("/c", after=0.7), holdFor=0.2),
                connection(post("/d", 3000), get("/e", after=0.3), start=0.2, holdFor=0.2),
                to=to,
            )
